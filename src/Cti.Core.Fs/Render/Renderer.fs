// What every renderer is: batches of indicators in canonical order to the bytes of one output. Knows no format and no file;
// the host streams batches in and writes out what has gathered in the writer between two calls.
namespace Cti.Core

open System

/// Why an output cannot hold a value. What cannot be held is screened and counted, never mangled.
[<Struct; RequireQualifiedAccess>]
type RenderReason =
    /// The format has no way to say this type.
    | TypeNotHeld
    /// A control character or an outer space: it would end the line or be lost.
    | UnsafeText
    /// Longer than the format allows (a DNS name of more than 255 bytes with its zone, a label of more than 63).
    | TooLong
    /// Not in the canonical form its type promises.
    | NotCanonical
    /// It means something else to the format: a comment, a wildcard, a policy trigger.
    | ReservedWord

[<RequireQualifiedAccess>]
module RenderReason =
    let all =
        [|
            RenderReason.TypeNotHeld
            RenderReason.UnsafeText
            RenderReason.TooLong
            RenderReason.NotCanonical
            RenderReason.ReservedWord
        |]

    /// Stable code, `CTI-RENDER-NNN`.
    let code (reason: RenderReason) =
        match reason with
        | RenderReason.TypeNotHeld -> "CTI-RENDER-001"
        | RenderReason.UnsafeText -> "CTI-RENDER-002"
        | RenderReason.TooLong -> "CTI-RENDER-003"
        | RenderReason.NotCanonical -> "CTI-RENDER-004"
        | RenderReason.ReservedWord -> "CTI-RENDER-005"

    /// For a person.
    let message (reason: RenderReason) =
        match reason with
        | RenderReason.TypeNotHeld ->
            "this output has no way to express this type; restrict the sink's where: to types it holds"
        | RenderReason.UnsafeText ->
            "the value holds a control character or outer space, which would break the output's lines"
        | RenderReason.TooLong -> "the value is longer than the output's format allows"
        | RenderReason.NotCanonical -> "the value is not in its type's canonical form"
        | RenderReason.ReservedWord ->
            "the value would mean something else in this format (comment, wildcard or trigger)"

/// What a renderer is told before the first row.
type RenderContext =
    {
        /// When the output is made.
        Now: Timestamp
        /// The serial of the output now in place, for formats that count versions; none for the first.
        PreviousSerial: uint32 voption
    }

/// What a renderer is told after the last row.
type RenderSummary =
    {
        /// Rows rendered.
        Rows: int64
    }

/// Notes what an output could not express.
[<RequireQualifiedAccess>]
module RenderLoss =
    let private nowhere: Position = { Uri = ""; Line = 0L; Offset = 0L }

    /// Adds a loss of a row: `path` as `Loss` says, `value` what is not carried.
    let add (losses: LossList) (path: string) (value: ReadOnlySpan<byte>) (reason: LossReason) : unit =
        if losses.HasRoom then
            losses.Add
                {
                    Path = path
                    Value = RawBatch.TextOf(value, Loss.MostValueBytes)
                    Reason = reason
                    Position = nowhere
                }
        else
            losses.AddCount(reason, 1L)

/// Renders one output: `Header` once, `Rows` for each batch in canonical order (by value, then type), `Footer` once. All
/// append to the writer, which the caller may empty between calls. One instance per output; not thread-safe.
[<Interface>]
type IRenderer =
    /// Why this output cannot hold a value of canonical form, or none if it can. Does not depend on other rows.
    abstract CanHold: observable: ObservableType * value: ReadOnlySpan<byte> -> RenderReason voption
    /// What of the rows rendered so far the format could not express, or expresses less exactly. What a format never holds (a plain list has no
    /// labels) is said on its page and is no loss of a row. Positions are empty.
    abstract Losses: LossList
    /// Whether the format has a place for a field of the rows it holds.
    abstract Holds: field: IndicatorField -> bool
    abstract Header: context: RenderContext * writer: Utf8Writer -> unit

    /// Renders the rows of `batch` whose numbers `selected` lists, in that order. Rows that `CanHold` refuses are left out.
    abstract Rows: batch: IndicatorBatch * selected: ReadOnlySpan<int> * writer: Utf8Writer -> unit
    abstract Footer: summary: RenderSummary * writer: Utf8Writer -> unit

/// An output that also takes foreign objects, between its last rows and its footer: first all objects, each id once, then what was made of them.
[<Interface>]
type IObjectRenderer =
    inherit IRenderer

    /// Adds an object word for word, which may travel as far as `tlp` says.
    abstract AddObject:
        id: string * modified: Timestamp * tlp: Tlp * text: ReadOnlySpan<byte> * writer: Utf8Writer -> unit

    /// Adds that an indicator was made of an object, known since `at`. Nothing is added where one of the two is not in the output.
    abstract AddDerivation: indicator: Uuid * objectId: string * tlp: Tlp * at: Timestamp * writer: Utf8Writer -> unit

    /// Adds some of what indicators point to among the objects, so that the writer can be emptied in between; false: nothing was left. What is not asked
    /// for before the footer stands in it.
    abstract AddIndications: writer: Utf8Writer -> bool
