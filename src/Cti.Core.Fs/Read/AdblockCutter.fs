// Browsers' filter lists as block lists: Adblock Plus, uBlock Origin, AdGuard.
namespace Cti.Core

open System

/// Cuts a filter that names a host, or a host with a path, into `value` (what it names), `options` and `pattern` (as written). Exceptions,
/// rules about the look of pages, patterns with wildcards and the list's own header list nothing.
[<Sealed; AllowNullLiteral(false)>]
type internal AdblockCutter() =
    static let columns = [| "value"; "options"; "pattern" |]

    interface ILineCutter with
        member _.Columns = columns
        member _.Resume = columns

        member _.Cut(batch, _, first, last) =
            let rule = FilterRule.parse (ReadOnlySpan<byte>(batch.Bytes, first, last - first))

            match rule.Kind with
            | FilterKind.NamesNothing -> Line.Structure
            | FilterKind.Conditional -> Line.Faulty(ReadError.Syntax SyntaxError.FilterCondition)
            | FilterKind.NoHost -> Line.Faulty(ReadError.Syntax SyntaxError.FilterHost)
            | FilterKind.Names ->
                let patternEnd = first + rule.PatternEnd
                batch.AddField(first + rule.ValueStart, first + rule.ValueEnd)
                batch.AddField(min last (patternEnd + 1), last)
                batch.AddField(first, patternEnd)
                Line.Record
