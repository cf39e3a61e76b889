//! Instruments the arguments of macros with a known grammar.

use super::{instrument::Instrument, macro_grammar::Grammar, probe};
use crate::visit_mut::VisitMut;
use proc_macro2::{Delimiter, Group, Spacing, TokenStream, TokenTree};
use quote::{ToTokens, quote};
use syn::{
    Block, Expr, Macro, Pat, Token,
    parse::{Parse, ParseStream, Parser},
    punctuated::Punctuated,
    token::Brace,
};

impl Instrument<'_> {
    /// Instruments the arguments of a macro. Returns the probes to insert before the invocation.
    pub(crate) fn macro_args(&mut self, invocation: &mut Macro) -> Option<TokenStream> {
        arguments(invocation, self)
    }
}

fn arguments(invocation: &mut Macro, check: &mut Instrument<'_>) -> Option<TokenStream> {
    let grammar = check.imports.grammar(invocation)?;
    let probe_count = check.probe_count;
    let mut probes = None;
    let tokens = invocation.tokens.clone();
    let marked = match grammar {
        Grammar::List => Some(list(tokens, check)),
        Grammar::Assertion => return assertion(tokens, check),
        Grammar::Printed => return printed(tokens, check),
        Grammar::Write => {
            let at = invocation.path.segments.last()?.ident.span();
            parse(Punctuated::<Expr, Token![,]>::parse_terminated, tokens).map(|mut list| {
                for expr in &mut list {
                    argument(expr, check);
                }
                let markers = check.known_markers("write_fmt");
                probes = list.first_mut().and_then(|first| check.receiver(&markers, first, None, at));
                list.to_token_stream()
            })
        }
        Grammar::Join => parse(Punctuated::<Expr, Token![,]>::parse_terminated, tokens).map(|mut list| {
            for expr in &mut list {
                check.awaited(expr);
            }
            list.to_token_stream()
        }),
        Grammar::Select => parse(|input: ParseStream<'_>| select(input, check), tokens),
        Grammar::Vector => vector(tokens, check),
        Grammar::Json => Some(json(tokens, check)),
        Grammar::Body => parse(Block::parse_within, tokens).map(|stmts| {
            let mut block = Block { brace_token: Brace::default(), stmts };
            check.visit_block_mut(&mut block);
            block.stmts.into_iter().map(ToTokens::into_token_stream).collect()
        }),
        Grammar::Matches => parse(
            |input: ParseStream<'_>| {
                let mut value: Expr = input.parse()?;
                let rest: TokenStream = input.parse()?;
                check.visit_expr_mut(&mut value);
                Ok(quote!(#value #rest))
            },
            tokens,
        ),
    };
    // Without probes, the tokens stay unchanged.
    if let Some(marked) = marked
        && check.probe_count > probe_count
    {
        invocation.tokens = marked;
    }
    probes
}

fn parse<T>(parser: impl Parser<Output = T>, tokens: TokenStream) -> Option<T> {
    parser.parse2(tokens).ok()
}

/// Instruments one expression of a list; of `name = value`, the value.
fn argument(expr: &mut Expr, check: &mut Instrument<'_>) {
    match expr {
        Expr::Assign(assign) => check.visit_expr_mut(&mut assign.right),
        // Shorthand for `name = name`.
        Expr::Path(_) => {}
        other => check.visit_expr_mut(other),
    }
}

fn list(tokens: TokenStream, check: &mut Instrument<'_>) -> TokenStream {
    if let Some(mut list) = parse(Punctuated::<Expr, Token![,]>::parse_terminated, tokens.clone()) {
        for expr in &mut list {
            argument(expr, check);
        }
        return list.to_token_stream();
    }
    // Not a list of expressions: instrument the value of each part.
    let mut parts = vec![Vec::new()];
    for token in tokens {
        let ends = matches!(&token, TokenTree::Punct(punct) if matches!(punct.as_char(), ',' | ';'));
        parts.last_mut().expect("there is always one").push(token);
        if ends {
            parts.push(Vec::new());
        }
    }
    parts.into_iter().map(|part| named(&part, check)).collect()
}

/// Instruments the value of a part such as `user.id = %value,`.
fn named(part: &[TokenTree], check: &mut Instrument<'_>) -> TokenStream {
    let is = |token: &TokenTree, c| matches!(token, TokenTree::Punct(punct) if punct.as_char() == c && punct.spacing() == Spacing::Alone);
    let equals = match part.iter().position(|token| is(token, '=')) {
        Some(at) => at + 1,
        None => 0,
    };
    let sigil = part.get(equals).is_some_and(|token| is(token, '%') || is(token, '?'));
    let start = equals + usize::from(sigil);
    let end = part.len() - usize::from(part.last().is_some_and(|token| is(token, ',') || is(token, ';')));
    let Some(value) = part.get(start..end) else { return part.iter().cloned().collect() };
    match syn::parse2::<Expr>(value.iter().cloned().collect()) {
        Ok(mut value) => {
            argument(&mut value, check);
            let front = &part[..start];
            let back = &part[end..];
            quote!(#(#front)* #value #(#back)*)
        }
        Err(_) => part.iter().cloned().collect(),
    }
}

/// The probes of an assertion, to insert in front of it: its panic message contains the condition as written.
fn assertion(tokens: TokenStream, check: &mut Instrument<'_>) -> Option<TokenStream> {
    let list = parse(Punctuated::<Expr, Token![,]>::parse_terminated, tokens)?;
    let mut probes = TokenStream::new();
    for (at, mut expr) in list.into_iter().enumerate() {
        let probe_count = check.probe_count;
        argument(&mut expr, check);
        if check.probe_count == probe_count {
            continue;
        }
        if let Expr::Assign(assign) = expr {
            expr = *assign.right;
        }
        probes.extend(probe::repeated(&expr, at == 0));
    }
    Some(probes)
}

/// The probes of expressions that a macro prints as written, to insert in front of it.
fn printed(tokens: TokenStream, check: &mut Instrument<'_>) -> Option<TokenStream> {
    let list = parse(Punctuated::<Expr, Token![,]>::parse_terminated, tokens)?;
    let mut probes = TokenStream::new();
    for expr in list {
        probes.extend(call_in(expr, check));
    }
    Some(probes)
}

/// The probes of the outermost call of a chain that may block. The expression as a whole is not repeated, because the
/// code around it may decide its type.
fn call_in(mut expr: Expr, check: &mut Instrument<'_>) -> Option<TokenStream> {
    let inner = match expr {
        Expr::Try(inner) => *inner.expr,
        Expr::Paren(inner) => *inner.expr,
        Expr::Reference(inner) => *inner.expr,
        Expr::Unary(inner) => *inner.expr,
        Expr::Field(inner) => *inner.base,
        Expr::MethodCall(call) if check.known_markers(&call.method.to_string()).is_empty() => *call.receiver,
        Expr::MethodCall(ref mut call) => {
            let probe_count = check.probe_count;
            check.visit_expr_mut(&mut call.receiver);
            let markers = check.known_markers(&call.method.to_string());
            let probes = check.receiver(&markers, &mut call.receiver, None, call.method.span());
            if probes.is_none() && check.probe_count > probe_count {
                return Some(probe::repeated(&call.receiver, false));
            }
            return probes;
        }
        Expr::Call(_) => {
            let probe_count = check.probe_count;
            let is_it = check.is_written_call(&expr);
            check.visit_expr_mut(&mut expr);
            return (is_it && check.probe_count > probe_count).then(|| probe::repeated(&expr, false));
        }
        _ => return None,
    };
    call_in(inner, check)
}

fn vector(tokens: TokenStream, check: &mut Instrument<'_>) -> Option<TokenStream> {
    let repeat = |input: ParseStream<'_>| {
        let value: Expr = input.parse()?;
        let semi: Token![;] = input.parse()?;
        Ok((value, semi, input.parse::<Expr>()?))
    };
    if let Some((mut value, semi, mut length)) = parse(repeat, tokens.clone()) {
        check.visit_expr_mut(&mut value);
        check.visit_expr_mut(&mut length);
        return Some(quote!(#value #semi #length));
    }
    let mut list = parse(Punctuated::<Expr, Token![,]>::parse_terminated, tokens)?;
    for expr in &mut list {
        check.visit_expr_mut(expr);
    }
    Some(list.to_token_stream())
}

/// Instruments the values of an object or array; a value is nested JSON or an expression.
fn json(tokens: TokenStream, check: &mut Instrument<'_>) -> TokenStream {
    let mut marked = TokenStream::new();
    let mut part = Vec::new();
    for token in tokens {
        match &token {
            TokenTree::Punct(punct) if punct.as_char() == ',' => {
                marked.extend(json_value(std::mem::take(&mut part), check));
                marked.extend([token]);
            }
            // `::` is part of a path.
            TokenTree::Punct(punct)
                if punct.as_char() == ':' && part.len() == 1 && punct.spacing() == Spacing::Alone =>
            {
                marked.extend(std::mem::take(&mut part));
                marked.extend([token]);
            }
            _ => part.push(token),
        }
    }
    marked.extend(json_value(part, check));
    marked
}

fn json_value(part: Vec<TokenTree>, check: &mut Instrument<'_>) -> TokenStream {
    if let [TokenTree::Group(group)] = &part[..]
        && matches!(group.delimiter(), Delimiter::Brace | Delimiter::Bracket)
    {
        let mut inner = Group::new(group.delimiter(), json(group.stream(), check));
        inner.set_span(group.span());
        return inner.into_token_stream();
    }
    let tokens: TokenStream = part.into_iter().collect();
    let Some(mut value) = parse(Expr::parse, tokens.clone()) else { return tokens };
    let probe_count = check.probe_count;
    check.visit_expr_mut(&mut value);
    if check.probe_count > probe_count { value.into_token_stream() } else { tokens }
}

/// Instruments `[biased;] pattern = future[, if condition] => code, .. else => code`.
fn select(input: ParseStream<'_>, check: &mut Instrument<'_>) -> syn::Result<TokenStream> {
    let mut marked = TokenStream::new();
    if input.peek(syn::Ident) && input.peek2(Token![;]) {
        let (biased, semi): (syn::Ident, Token![;]) = (input.parse()?, input.parse()?);
        marked.extend(quote!(#biased #semi));
    }
    while !input.is_empty() {
        if input.peek(Token![else]) || (input.peek(syn::Ident) && input.peek2(Token![=>])) {
            let word: TokenTree = input.parse()?;
            marked.extend(quote!(#word));
        } else {
            let pattern = Pat::parse_multi_with_leading_vert(input)?;
            let equals: Token![=] = input.parse()?;
            let mut future: Expr = input.parse()?;
            check.awaited(&mut future);
            marked.extend(quote!(#pattern #equals #future));
            if input.peek(Token![,]) {
                let (comma, condition): (Token![,], Token![if]) = (input.parse()?, input.parse()?);
                let mut expr: Expr = input.parse()?;
                check.visit_expr_mut(&mut expr);
                marked.extend(quote!(#comma #condition #expr));
            }
        }
        let arrow: Token![=>] = input.parse()?;
        marked.extend(quote!(#arrow));
        if is_block(input) {
            let mut block: Block = input.parse()?;
            check.visit_block_mut(&mut block);
            block.to_tokens(&mut marked);
        } else {
            let mut expr: Expr = input.parse()?;
            check.visit_expr_mut(&mut expr);
            expr.to_tokens(&mut marked);
        }
        if let Some(comma) = input.parse::<Option<Token![,]>>()? {
            comma.to_tokens(&mut marked);
        }
    }
    Ok(marked)
}

/// Whether the next expression is a block, and not an expression that starts with one.
fn is_block(input: ParseStream<'_>) -> bool {
    let rest = input.cursor().group(Delimiter::Brace).map(|(.., rest)| rest);
    input.peek(Brace) && rest.is_some_and(|rest| rest.punct().is_none_or(|(punct, _)| !".?".contains(punct.as_char())))
}
