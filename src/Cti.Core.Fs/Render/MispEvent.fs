// The `misp_event` and `misp_feed` outputs as one stream: one event (MISP core format) of what holds. The files of a sink are made by MispEventFile,
// which also knows what was there before; this is what exports, trials and the library print.
namespace Cti.Core

open System

/// One event with an attribute for each indicator. Its date is the day of the first of them, its time that of the last change.
[<Sealed; AllowNullLiteral(false)>]
type MispEventRenderer(options: MispOptions) =
    static let eventStart = "{\"Event\":{\"Attribute\":[\n"B
    static let attributeNext = ",\n"B
    let printer = MispPrinter options
    let event = printer.EventId()
    let mutable now = Timestamp.none
    let mutable first = Timestamp.ofMicroseconds Int64.MaxValue
    let mutable last = Timestamp.none
    let mutable strictest = Tlp.Clear
    let mutable isEmpty = true

    let seconds (time: Timestamp) =
        Timestamp.toMicroseconds time / 1_000_000L

    interface IRenderer with
        member _.CanHold(observable, value) = printer.CanHold(observable, value)
        member _.Losses = printer.Losses
        member _.Holds _ = true

        member _.Header(context, writer) =
            now <- context.Now
            writer.Bytes(ReadOnlySpan<byte> eventStart)

        member _.Rows(batch, selected, writer) =
            for index in 0 .. selected.Length - 1 do
                let row = selected[index]

                if (printer.CanHold(batch.Type[row], batch.Value[row])).IsNone then
                    if not isEmpty then
                        writer.Bytes(ReadOnlySpan<byte> attributeNext)

                    isEmpty <- false
                    first <- min first batch.Created[row]
                    last <- max last batch.Modified[row]

                    if Tlp.code batch.Tlp[row] > Tlp.code strictest then
                        strictest <- batch.Tlp[row]

                    let isDeleted = batch.Status[row] <> IndicatorStatus.Active
                    let id = printer.AttributeId(event, batch.Id[row])
                    printer.WriteStart(id, seconds batch.Modified[row], isDeleted, writer)
                    printer.WriteBody(batch, row, writer)

        member _.Footer(_, writer) =
            let date = if isEmpty then now else first
            let changed = seconds (if isEmpty then now else last)

            writer.Text
                $"\n],\"uuid\":\"%s{Uuid.toText event}\",\"timestamp\":\"%d{changed}\",\"publish_timestamp\":\"%d{changed}\","

            printer.WriteHead(
                {
                    Id = event
                    Date = (Timestamp.toText date).Substring(0, 10)
                    Info = options.Info
                    Tlp = strictest
                },
                writer
            )

            writer.Text "}}\n"
