// Where the reading of a TAXII collection stands: a date added, and the objects that were had of it. A date alone would lose what a server adds within
// the same instant, or read it for ever where a server gives what was added at the date again.
namespace Cti.Core

open System
open System.Globalization

/// Where the reading of a collection stands. Kept with a source's cursor.
type TaxiiMark =
    {
        /// Date added of the last object that was had; `Timestamp.none` before the first.
        Added: Timestamp
        /// Hashes of the last objects, among them all that were added then; empty where those are too many to be kept.
        Tail: uint64 list
    }

[<RequireQualifiedAccess>]
module TaxiiMark =
    /// Before the first object.
    let none = { Added = Timestamp.none; Tail = [] }

    /// Most hashes that are kept.
    let mostTail = 100

    /// Behind a date, with what was had of it.
    let behind (added: Timestamp) (tail: uint64 list) : TaxiiMark = { Added = added; Tail = tail }

    /// What `added_after` has to say to go on; `Timestamp.none` for nothing. Where the objects of the last instant are known it is asked for again, so that
    /// one that joined them is not lost, whether the server takes the date as exclusive (as it should) or not.
    let askAfter (mark: TaxiiMark) : Timestamp =
        if Timestamp.isNone mark.Added || List.isEmpty mark.Tail then
            mark.Added
        else
            mark.Added - 1L<us>

    /// A time as TAXII 2.1 (section 1.5.4) writes it: microseconds and `Z`.
    let writeTime (time: Timestamp) : string =
        (Timestamp.toDateTime time).ToString("yyyy-MM-dd'T'HH:mm:ss.ffffff'Z'", CultureInfo.InvariantCulture)

    /// A time as servers write it, with any number of digits of a second; `Timestamp.none` for what is none, or before 1970.
    let parseTime (text: string) : Timestamp =
        match Timestamp.tryParse text with
        | ValueSome time when time >= 0L<us> -> time
        | _ -> Timestamp.none

    /// As it is stored; empty for `none`. `tryParse` is its inverse.
    let text (mark: TaxiiMark) : string =
        if Timestamp.isNone mark.Added then
            ""
        else
            writeTime mark.Added
            :: (mark.Tail
                |> List.map (fun hash -> hash.ToString("x16", CultureInfo.InvariantCulture)))
            |> String.concat " "

    /// Reads what `text` wrote; `none` for anything else: then the collection is read from its beginning, which loses nothing.
    let ofText (text: string) : TaxiiMark =
        let hash (word: string) =
            match UInt64.TryParse(word, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture) with
            | true, value when word.Length = 16 -> Some value
            | _ -> None

        match List.ofArray (text.Split ' ') with
        | time :: words ->
            let added = parseTime time
            let tail = List.choose hash words

            if Timestamp.isNone added || tail.Length <> words.Length then
                none
            else
                behind added tail
        | [] -> none
