// The objects of a bundle one by one, for outputs that keep each by itself: a collection of TAXII. The same objects as in the `stix_bundle` output, so
// that it does not matter by which way they reach a reader.
namespace Cti.Core

open System

/// Takes objects as they come.
[<Interface>]
type IStixObjectTaker =
    /// An object and its bytes, which are good until the call ends.
    abstract Take: head: StixObjectHead * text: ReadOnlySpan<byte> -> unit

/// A renderer of bundles that hands over their objects; what it is told to write to is empty after each call. One per output; not thread-safe.
[<Sealed; AllowNullLiteral(false)>]
type StixObjectsRenderer(observables: bool, objects: bool, taker: IStixObjectTaker) =
    let renderer: IObjectRenderer = StixBundleRenderer(observables, objects)
    let reader = StixObjectReader()
    let mutable block: byte[] = Array.zeroCreate (64 * 1024)

    // Hands over the objects in the writer, none of them less secret than `tlp`. What stands between and around them is the bundle's.
    let hand (tlp: Tlp) (writer: Utf8Writer) : unit =
        let length = writer.Length

        if block.Length < length then
            block <- Array.zeroCreate (max length (block.Length * 2))

        writer.Written.CopyTo(Span<byte> block)
        writer.Clear()
        let start = ReadOnlySpan<byte> StixWire.bundleStart

        let mutable at =
            if ReadOnlySpan<byte>(block, 0, length).StartsWith start then
                start.Length
            else
                0

        let mutable isOpen = true

        while isOpen && at < length do
            match block[at] with
            | ','B
            | '\n'B
            | ' 'B -> at <- at + 1
            | '{'B ->
                let mutable ending = 0
                let head = reader.ReadAt(block, at, length, &ending)

                match head with
                | ValueSome head ->
                    let strict =
                        if Tlp.code tlp > Tlp.code head.Tlp then
                            { head with Tlp = tlp }
                        else
                            head

                    taker.Take(strict, ReadOnlySpan<byte>(block, at, ending - at))
                | ValueNone -> ()

                if ending > 0 then at <- ending else isOpen <- false
            | _ -> isOpen <- false

    interface IObjectRenderer with
        member _.CanHold(observable, value) = renderer.CanHold(observable, value)
        member _.Losses = renderer.Losses
        member _.Holds(field) = renderer.Holds field

        member _.Header(context, writer) =
            renderer.Header(context, writer)
            hand Tlp.Clear writer

        member _.Rows(batch, selected, writer) =
            renderer.Rows(batch, selected, writer)
            hand Tlp.Clear writer

        member _.AddObject(id, modified, tlp, text, writer) =
            renderer.AddObject(id, modified, tlp, text, writer)
            hand tlp writer

        member _.AddDerivation(indicator, objectId, tlp, at, writer) =
            renderer.AddDerivation(indicator, objectId, tlp, at, writer)
            hand Tlp.Clear writer

        member _.AddIndications(writer) =
            let more = renderer.AddIndications writer
            hand Tlp.Clear writer
            more

        member _.Footer(summary, writer) =
            renderer.Footer(summary, writer)
            hand Tlp.Clear writer
