// The `plain_list` output: one value per line and nothing else, as block lists of firewalls, proxies and SIEMs read it.
namespace Cti.Core

open System
open System.Buffers

/// Values one per line, LF, in the order given. A value that would break the line, or that readers of such lists take for a
/// comment (`#`, `;`), is not held.
[<Sealed; AllowNullLiteral(false)>]
type PlainListRenderer() =
    let losses = LossList()

    static let unsafe =
        SearchValues.Create(ReadOnlySpan<byte>(Array.append [| for control in 0uy .. 31uy -> control |] [| 127uy |]))

    /// `clean`: the value is known to hold no control character.
    static let check (clean: bool) (value: ReadOnlySpan<byte>) : RenderReason voption =
        if value.IsEmpty then
            ValueSome RenderReason.NotCanonical
        elif value[0] <= 32uy || value[value.Length - 1] = 32uy then
            ValueSome RenderReason.UnsafeText
        elif not clean && value.ContainsAny unsafe then
            ValueSome RenderReason.UnsafeText
        elif value[0] = '#'B || value[0] = ';'B then
            ValueSome RenderReason.ReservedWord
        else
            ValueNone

    interface IRenderer with
        member _.CanHold(observable, value) =
            // A pattern is no value that a tool could look for as it stands, and a line of a list is too short for it.
            if ObservableType.isPattern observable then
                ValueSome RenderReason.TypeNotHeld
            else
                check false value

        member _.Losses = losses
        member _.Holds _ = false
        member _.Header(_, _) = ()

        member _.Rows(batch, selected, writer) =
            // Values lie back to back, and one search through all of them is much cheaper than one in each.
            let values = batch.Value

            let used =
                if values.Count = 0 then
                    0
                else
                    values.Ends[values.Count - 1]

            let clean = not (ReadOnlySpan<byte>(values.Buffer, 0, used).ContainsAny unsafe)

            // Room for all rows at once: asking for it row by row takes longer than copying the values.
            let mutable size = 0

            for index in 0 .. selected.Length - 1 do
                size <- size + values.Length selected[index] + 1

            let room = writer.Reserve size
            let mutable at = 0

            for index in 0 .. selected.Length - 1 do
                let value = values[selected[index]]

                if
                    not (ObservableType.isPattern batch.Type[selected[index]])
                    && (check clean value).IsNone
                then
                    value.CopyTo(room.Slice at)
                    at <- at + value.Length
                    room[at] <- '\n'B
                    at <- at + 1

            writer.Advance at

        member _.Footer(_, _) = ()
