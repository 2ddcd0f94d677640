//! The recipes that come with the program.

macro_rules! recipe {
    ($name:literal) => {
        ($name, include_str!(concat!("../../../../reference/", $name, "/recipe.toml")))
    };
}

/// Names and texts, sorted by name.
const RECIPES: [(&str, &str); 7] = [
    recipe!("GRCh37"),
    recipe!("GRCh37-gencode"),
    recipe!("GRCh38"),
    recipe!("GRCh38-gencode"),
    recipe!("GRCm39"),
    recipe!("SARS-CoV-2"),
    recipe!("yeast"),
];

/// Names of the recipes, sorted.
pub(crate) fn names() -> Vec<String> {
    RECIPES.iter().map(|(name, _)| (*name).to_owned()).collect()
}

/// The text of a recipe.
pub(super) fn recipe(name: &str) -> Option<String> {
    RECIPES.iter().find(|(known, _)| *known == name).map(|(_, text)| (*text).to_owned())
}
