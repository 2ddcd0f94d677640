"""Reads the template with its short forms (`!Ref`, `!Sub`) written out."""

import pathlib

import yaml

PATH = pathlib.Path(__file__).parent.parent / "template.yaml"


class _Loader(yaml.SafeLoader):
    pass


def _short_form(loader, tag, node):
    if isinstance(node, yaml.ScalarNode):
        value = loader.construct_scalar(node)
        if tag == "GetAtt":
            value = value.split(".", 1)
    elif isinstance(node, yaml.SequenceNode):
        value = loader.construct_sequence(node, deep=True)
    else:
        value = loader.construct_mapping(node, deep=True)
    return {tag if tag in ("Ref", "Condition") else f"Fn::{tag}": value}


_Loader.add_multi_constructor("!", _short_form)


def read(path=PATH):
    """The template as dictionaries."""
    return yaml.load(path.read_text(), _Loader)


def resources_of_type(template, kind):
    """Name and properties of each resource of a type."""
    return {
        name: resource.get("Properties", {})
        for name, resource in template["Resources"].items()
        if resource["Type"] == kind
    }
