// Single indicators as STIX 2.1, for those who have no output to fill.
namespace Cti.Core

open System

[<RequireQualifiedAccess>]
module StixJson =
    /// The STIX objects of one row as JSON, one per line: for single values; whole outputs go through `StixPrinter`.
    let ofRow (observables: bool) (batch: IndicatorBatch) (row: int) : string =
        let writer = Utf8Writer 4096
        let selected = [| row |]
        StixPrinter(observables).Rows(batch, ReadOnlySpan<int> selected, writer)
        writer.ToString()
