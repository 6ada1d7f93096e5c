// What of a collection is asked for: the query of TAXII 2.1 (§3.4, §3.5 and §5.4 to §5.8), read strictly. A query that is not understood is refused: who asked
// would take the answer to another question for the answer to theirs.
namespace Cti.Core

open System
open System.Globalization
open System.Text

/// Which versions of an object are wanted (`match[version]`): any that one of these says.
type TaxiiVersions =
    {
        All: bool
        First: bool
        Last: bool
        At: Timestamp list
    }

/// What of a collection is wanted. All of it must hold; of a list, any.
type TaxiiFilter =
    {
        /// Added later than this; `Timestamp.none` for any time.
        AddedAfter: Timestamp
        /// Behind this place of the collection, 0 for its beginning.
        After: int64
        /// Most objects on a page.
        Limit: int
        /// Full ids; empty for any.
        Ids: string list
        /// Types of objects; empty for any.
        Types: string list
        Versions: TaxiiVersions
        /// Whether objects of STIX 2.1 are wanted: there are no others.
        IsSpecWanted: bool
    }

/// What a resource may be asked with.
[<Struct; RequireQualifiedAccess>]
type TaxiiResource =
    /// Objects and their manifest.
    | Objects
    /// One object by its id.
    | Object
    /// The versions of one object.
    | Versions
    /// What of one object is to be deleted.
    | Deletion

[<RequireQualifiedAccess>]
module TaxiiFilter =
    /// Most objects on a page, also where a client asks for more.
    let mostObjects = 1_000

    // More than any honest client names; each is compared with every object of a page.
    let private mostWords = 100

    let private last =
        {
            All = false
            First = false
            Last = true
            At = []
        }

    let private everyVersion = { last with All = true; Last = false }

    let private start (resource: TaxiiResource) =
        {
            AddedAfter = Timestamp.none
            After = 0L
            Limit = mostObjects
            Ids = []
            Types = []
            Versions =
                match resource with
                | TaxiiResource.Versions
                | TaxiiResource.Deletion -> everyVersion
                | TaxiiResource.Objects
                | TaxiiResource.Object -> last
            IsSpecWanted = true
        }

    let private allowed (resource: TaxiiResource) =
        match resource with
        | TaxiiResource.Objects ->
            [
                "added_after"
                "limit"
                "next"
                "match[id]"
                "match[type]"
                "match[version]"
                "match[spec_version]"
            ]
        | TaxiiResource.Object -> [ "added_after"; "limit"; "next"; "match[version]"; "match[spec_version]" ]
        | TaxiiResource.Versions -> [ "added_after"; "limit"; "next"; "match[spec_version]" ]
        | TaxiiResource.Deletion -> [ "match[version]"; "match[spec_version]" ]

    let private time (name: string) (text: string) : Result<Timestamp, string> =
        match StixTime.tryRead (ReadOnlySpan<byte>(Encoding.UTF8.GetBytes text)) with
        | ValueSome found -> Ok found
        | ValueNone -> Error $"%s{name} %s{text}: write a time such as 2026-01-01T00:00:00.000Z"

    let private words (name: string) (text: string) : Result<string list, string> =
        let found = text.Split ',' |> List.ofArray

        if List.contains "" found then
            Error $"%s{name}: nothing stands beside a comma"
        elif found.Length > mostWords then
            Error $"%s{name}: more than %d{mostWords} values"
        else
            Ok found

    let private versions (text: string) : Result<TaxiiVersions, string> =
        let name = "match[version]"

        let add (known: Result<TaxiiVersions, string>) (word: string) =
            match known, word with
            | Error _, _ -> known
            | Ok known, "all" -> Ok { known with All = true }
            | Ok known, "first" -> Ok { known with First = true }
            | Ok known, "last" -> Ok { known with Last = true }
            | Ok known, _ -> time name word |> Result.map (fun at -> { known with At = at :: known.At })

        match words name text with
        | Error problem -> Error problem
        | Ok found when List.contains "all" found && found.Length > 1 -> Error $"%s{name}: `all` stands alone"
        | Ok found -> List.fold add (Ok { last with Last = false }) found

    let private base36 = "0123456789abcdefghijklmnopqrstuvwxyz"

    /// What a client gives back to be told what comes behind a place of the collection. Opaque to it; a digit guards against what was cut short.
    let next (place: int64) : string =
        let digits = place.ToString("x", CultureInfo.InvariantCulture)
        digits + string base36[int (place % 31L)]

    let private placeOf (text: string) : Result<int64, string> =
        let parsed =
            if text.Length < 2 || text.Length > 17 then
                -1L
            else
                match
                    Int64.TryParse(
                        text.AsSpan(0, text.Length - 1),
                        NumberStyles.AllowHexSpecifier,
                        CultureInfo.InvariantCulture
                    )
                with
                | true, place -> place
                | _ -> -1L

        if parsed >= 0L && next parsed = text then
            Ok parsed
        else
            Error "next: this server gave no such value; send the one of the last page, unchanged"

    let private limit (text: string) : Result<int, string> =
        match Int64.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture) with
        | true, count when count > 0L -> Ok(int (min count (int64 mostObjects)))
        | _ -> Error $"limit %s{text}: a number above 0"

    let private take (known: TaxiiFilter) (name: string) (text: string) : Result<TaxiiFilter, string> =
        match name with
        | "added_after" -> time name text |> Result.map (fun at -> { known with AddedAfter = at })
        | "limit" -> limit text |> Result.map (fun count -> { known with Limit = count })
        | "next" -> placeOf text |> Result.map (fun place -> { known with After = place })
        | "match[id]" -> words name text |> Result.map (fun ids -> { known with Ids = ids })
        | "match[type]" -> words name text |> Result.map (fun types -> { known with Types = types })
        | "match[version]" -> versions text |> Result.map (fun found -> { known with Versions = found })
        | _ ->
            words name text
            |> Result.map (fun found ->
                { known with
                    IsSpecWanted = List.contains "2.1" found
                })

    /// Reads a query: names and values, decoded. Names that TAXII does not define are passed over, as extensions are; ones that it defines elsewhere, or
    /// twice, or with a value that is none, are refused with a sentence for the client.
    let parse (resource: TaxiiResource) (query: (string * string) list) : Result<TaxiiFilter, string> =
        let names = allowed resource

        let add (known: Result<TaxiiFilter, string>, seen: string list) (name: string, text: string) =
            match known with
            | Error _ -> known, seen
            | Ok _ when List.contains name seen -> Error $"%s{name}: given twice", seen
            | Ok filter when List.contains name names -> take filter name text, name :: seen
            | Ok _ when
                List.contains name (allowed TaxiiResource.Objects)
                || name.StartsWith("match[", StringComparison.Ordinal)
                ->
                let list = String.concat ", " names
                Error $"%s{name}: this resource takes %s{list}", seen
            | Ok _ -> known, seen

        List.fold add (Ok(start resource), []) query |> fst
