// A JSON value whose end has not arrived: when it is worth while to parse it again, so that a value that arrives in many pieces is not parsed anew at each
// of them.
namespace Cti.Core

/// The value at the next byte of a reader. Not thread-safe; one per reader.
[<Sealed; AllowNullLiteral(false)>]
type internal UnfinishedValue() =
    let ahead = JsonSkipper()
    // How many of its bytes there were when it was parsed last, 0: it was not; and how many of them were passed over since, by brackets alone.
    let mutable tried = 0
    let mutable passed = 0

    /// Another value begins there.
    member _.Forget() : unit = tried <- 0

    /// The value at `at` was parsed up to `until`, and is not whole.
    member _.Note(block: byte[], at: int, until: int) : unit =
        if tried = 0 then
            ahead.Start block[at] |> ignore
            passed <- ahead.Skip(block, at, until, false) - at

        tried <- until - at

    /// Whether the value at `at`, of bytes that end at `until`, may be whole, or there is twice as much of it as before (an array in it may have begun).
    member _.IsWorthLooking(block: byte[], at: int, until: int) : bool =
        tried = 0
        || until - at >= 2 * tried
        || (passed <- ahead.Skip(block, at + passed, until, false) - at
            not ahead.IsSkipping)
