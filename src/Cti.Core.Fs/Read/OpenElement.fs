// An element that lies whole in the block while its format's cutter cuts it: record by record, until nothing more is in it or the batch is full.
namespace Cti.Core

/// The open element of a reader, whose `state` it moves. Not thread-safe; one per reader.
[<Sealed; AllowNullLiteral(false)>]
type internal OpenElement(element: JsonTree, cutter: ElementCutter, state: ReaderState) =
    // How many bytes it has; 0: none is open.
    let mutable length = 0

    /// Whether the cutter has more records of it.
    member _.IsOpen = length > 0

    /// Begins with the element as it was parsed last; `bytes`: how many it has.
    member _.Open(bytes: int) : unit =
        cutter.Open element
        length <- bytes

    /// It lies at `at` of another block now.
    member _.Move(block: byte[], at: int) : unit = element.Move(block, at)

    /// Cuts what the batch takes out of the open element at `at`. Gives the place behind it, or `at` while there is more in it.
    member _.Cut(batch: RawBatch, at: int, maxRecords: int) : int =
        let mutable going = true

        while going && state.HasRoom(batch, maxRecords) do
            match cutter.Next(element, batch) with
            | ElementStep.Record -> ()
            | ElementStep.Refused(node, error) ->
                batch.DropOpenFields()
                let line = state.Line
                state.Line <- element.Line node
                state.Reject(batch, element.Start node, element.End node, error)
                state.Line <- line
            | ElementStep.Done -> going <- false

        if going then
            at
        else
            let ending = at + length
            length <- 0
            state.Pass(batch, at, ending)
            ending
