//! Retries: the policies, and the attempts of a step.

mod attempts;
mod policy;
