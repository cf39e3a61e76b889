//! Pictures of a graph: Mermaid, DOT and JSON, and with the feature `svg` SVG and HTML.

mod dot;
mod drawing;
#[cfg(feature = "svg")]
mod html;
#[cfg(feature = "svg")]
mod layout;
mod mermaid;
mod overlay;
mod representation;
#[cfg(feature = "svg")]
mod svg;

pub(crate) use self::overlay::{NodeOverlay, Overlay};
#[cfg(feature = "svg")]
pub(crate) use self::svg::escape;
pub use self::{
    dot::Dot,
    mermaid::Mermaid,
    representation::{Representation, RepresentationEdge, RepresentationNode},
};
#[cfg(feature = "svg")]
pub use self::{html::Html, svg::Svg};
