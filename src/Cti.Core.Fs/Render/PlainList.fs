// The `plain_list` output: one value per line and nothing else, as block lists of firewalls, proxies and SIEMs read it.
namespace Cti.Core

open System

/// Values one per line, LF, in the order given. A value that would break the line, or that readers of such lists take for a
/// comment (`#`, `;`), is not held.
[<Sealed; AllowNullLiteral(false)>]
type PlainListRenderer() =
    static let check (value: ReadOnlySpan<byte>) : RenderReason voption =
        if value.IsEmpty then
            ValueSome RenderReason.NotCanonical
        elif value[0] <= 32uy || value[value.Length - 1] = 32uy then
            ValueSome RenderReason.UnsafeText
        elif value.IndexOfAnyInRange(0uy, 31uy) >= 0 || value.Contains 127uy then
            ValueSome RenderReason.UnsafeText
        elif value[0] = '#'B || value[0] = ';'B then
            ValueSome RenderReason.ReservedWord
        else
            ValueNone

    interface IRenderer with
        member _.CanHold(_, value) = check value
        member _.Header(_, _) = ()

        member _.Rows(batch, selected, writer) =
            for index in 0 .. selected.Length - 1 do
                let value = batch.Value[selected[index]]

                if (check value).IsNone then
                    let room = writer.Reserve(value.Length + 1)
                    value.CopyTo room
                    room[value.Length] <- '\n'B
                    writer.Advance(value.Length + 1)

        member _.Footer(_, _) = ()
