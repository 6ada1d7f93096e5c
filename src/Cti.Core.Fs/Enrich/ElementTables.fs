// Tables made of the elements of JSON documents, each looked at once. Knows no table.
namespace Cti.Core

open System

/// Looks at every element of a table's files.
[<AbstractClass; AllowNullLiteral(false)>]
type internal ElementCollector() =
    inherit ElementCutter()

    let mutable taken = true

    override _.Columns = [||]

    /// Keeps what is of use of an element. False: it does not belong into such a table.
    abstract Take: element: JsonTree -> bool

    override this.Open(element) = taken <- this.Take element

    override _.Next(_, _) =
        if taken then
            ElementStep.Done
        else
            taken <- true
            ElementStep.Refused(0, ReadError.NotAnObject)

[<RequireQualifiedAccess>]
module internal ElementTables =
    /// Reads a file from its first byte to its last. A table with an element that is none is not used at all; `belongs` says what one must be.
    let read (file: string) (text: byte[]) (reader: Reader) (belongs: string) : Result<unit, TableError> =
        let batch = RawBatch 64
        let mutable at = 0
        let mutable error = ValueNone
        let mutable going = true

        while going do
            batch.Clear()
            let progress = reader.Read(text, at, text.Length - at, true, 64, batch)
            at <- at + progress.Consumed

            if batch.Rejections.Count > 0 then
                let first = batch.Rejections[0]

                let problem =
                    if first.Code = ReadError.NotAnObject.code then
                        belongs
                    else
                        first.Message + "."

                error <- ValueSome(TableError.BadRow(file, first.Position.Line, problem))

            going <- error.IsNone && not progress.NeedMore

        match error with
        | ValueSome error -> Error error
        | ValueNone -> Ok()
