// A list that one thread fills while others read what was in it when they were told of it. Knows nothing of threat intelligence.
namespace Cti.Core

open System
open System.Threading

/// Items by number. `Add` and the setter belong to one thread; any thread may read an item whose number reached it by way of a lock, a queue or a
/// commit. An array that is outgrown keeps its items, so a reader that still holds it reads the same.
[<Sealed; AllowNullLiteral(false)>]
type SharedList<'T>() =
    let mutable items: 'T[] = Array.zeroCreate 16
    let mutable count = 0

    member _.Count = Volatile.Read &count

    member _.Item
        with get (index: int): 'T = (Volatile.Read &items)[index]
        and set (index: int) (item: 'T) = items[index] <- item

    member _.Add(item: 'T) : unit =
        if count = items.Length then
            let larger = Array.zeroCreate (count * 2)
            Array.Copy(items, larger, count)
            larger[count] <- item
            Volatile.Write(&items, larger)
        else
            items[count] <- item

        Volatile.Write(&count, count + 1)
