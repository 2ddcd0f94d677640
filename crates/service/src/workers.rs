//! The workers: each takes messages from its queue and carries jobs one step on.
