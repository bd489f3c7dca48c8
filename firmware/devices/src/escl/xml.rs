//! XML from a scanner, read within bounds: no document type, no entities of its own, a bounded number of nodes.

use roxmltree::{Document, Node, ParsingOptions};

use crate::page_source::PageFault;

/// Elements, attributes and texts in one answer; real ones have a few hundred.
const NODES_MAX: u32 = 20_000;

/// Parses an answer whose outermost element is to be `root`.
///
/// Elements are known by their local names: makers differ in prefixes, and some in namespaces.
pub(super) fn parse<'a>(text: &'a str, root: &str) -> Result<Document<'a>, PageFault> {
    let options = ParsingOptions {
        allow_dtd: false,
        nodes_limit: NODES_MAX,
        ..ParsingOptions::default()
    };
    let document = Document::parse_with_options(text, options)
        .map_err(|_| PageFault::Misunderstood("the scanner's XML is broken"))?;
    if document.root_element().tag_name().name() == root {
        Ok(document)
    } else {
        Err(PageFault::Misunderstood("the scanner told something else"))
    }
}

/// The text of an answer.
pub(super) fn text(bytes: &[u8]) -> Result<&str, PageFault> {
    std::str::from_utf8(bytes)
        .map_err(|_| PageFault::Misunderstood("the scanner's XML is no UTF-8"))
}

/// The elements called `name` below `node`, at any depth.
pub(super) fn all<'a, 'input>(
    node: Node<'a, 'input>,
    name: &'static str,
) -> impl Iterator<Item = Node<'a, 'input>> {
    node.descendants()
        .filter(move |node| node.tag_name().name() == name)
}

/// The text of the first element called `name` below `node`.
pub(super) fn word<'a>(node: Node<'a, '_>, name: &'static str) -> Option<&'a str> {
    all(node, name).next()?.text().map(str::trim)
}

/// The number in the first element called `name` below `node`.
pub(super) fn number<T: std::str::FromStr>(node: Node<'_, '_>, name: &'static str) -> Option<T> {
    word(node, name)?.parse().ok()
}
