//! Why a provider's word did not sign anybody in.

/// Why a provider's word did not sign anybody in. What exactly was wrong is for the log: it is of no use to a person, and
/// of use to an attacker.
#[derive(Debug, thiserror::Error)]
pub enum OpenIdError {
    /// No such provider.
    #[error("there is no such way to sign in here; choose one on the sign-in page")]
    NoSuchProvider,
    /// It does not answer, or not as the standard has it.
    #[error(
        "{title} cannot be reached or does not answer as it should; try again in a minute, or sign in another way"
    )]
    Unavailable {
        /// What people call it.
        title: String,
        /// What happened.
        #[source]
        cause: Box<dyn std::error::Error + Send + Sync>,
    },
    /// The person, or the provider for them, said no.
    #[error("you were not signed in, because you or {title} declined; try again, or sign in another way")]
    Declined {
        /// What people call it.
        title: String,
    },
    /// It does not know us or what we bring.
    #[error(
        "{title} refused to sign you in here; begin again, and tell the people who run this site if it stays so"
    )]
    Refused {
        /// What people call it.
        title: String,
        /// What it said.
        #[source]
        cause: Box<dyn std::error::Error + Send + Sync>,
    },
    /// What it says is not proven.
    #[error(
        "what came back in the name of {title} cannot be trusted, so nobody was signed in; begin again, and tell the \
         people who run this site if it stays so"
    )]
    Unproven {
        /// What people call it.
        title: String,
        /// What is wrong.
        #[source]
        cause: Box<dyn std::error::Error + Send + Sync>,
    },
}

impl OpenIdError {
    /// A stable word for programs.
    pub fn code(&self) -> &'static str {
        match self {
            Self::NoSuchProvider => "no_such_provider",
            Self::Unavailable { .. } => "provider_unavailable",
            Self::Declined { .. } => "sign_in_declined",
            Self::Refused { .. } => "provider_refused",
            Self::Unproven { .. } => "identity_not_proven",
        }
    }
}
