// What all lists that say no have in common: a name, entries as written, and the observable types they apply to.
namespace Cti.Core

open System

/// Why a list could not be read. Every case names the list, and the entry where there is one.
[<RequireQualifiedAccess>]
type ScreenError =
    | NotJson of list: string * detail: string
    | MissingField of list: string * field: string
    | UnknownMatchType of list: string * found: string
    | InvalidRegex of list: string * entry: string * reason: string
    | InvalidEntry of list: string * line: int * entry: string
    /// A line of the public suffix list that is no rule.
    | InvalidSuffix of list: string * line: int * rule: string
    /// A public suffix list without a rule.
    | NoSuffixes of list: string

[<RequireQualifiedAccess>]
module ScreenError =
    /// The stable code, `CTI-SCREEN-1NN`.
    let code (error: ScreenError) : string =
        match error with
        | ScreenError.NotJson _ -> "CTI-SCREEN-101"
        | ScreenError.MissingField _ -> "CTI-SCREEN-102"
        | ScreenError.UnknownMatchType _ -> "CTI-SCREEN-103"
        | ScreenError.InvalidRegex _ -> "CTI-SCREEN-104"
        | ScreenError.InvalidEntry _ -> "CTI-SCREEN-105"
        | ScreenError.InvalidSuffix _ -> "CTI-SCREEN-106"
        | ScreenError.NoSuffixes _ -> "CTI-SCREEN-107"

    /// What is wrong and what to do, for a person.
    let message (error: ScreenError) : string =
        match error with
        | ScreenError.NotJson(list, detail) ->
            $"The warninglist %s{list} is not the JSON that MISP publishes: %s{detail} Download it again."
        | ScreenError.MissingField(list, field) ->
            $"The warninglist %s{list} has no usable field '%s{field}'. Download it again."
        | ScreenError.UnknownMatchType(list, found) ->
            $"The warninglist %s{list} has the type '%s{found}'. Known types are string, substring, hostname, cidr and regex."
        | ScreenError.InvalidRegex(list, entry, reason) ->
            $"The expression %s{entry} of the warninglist %s{list} cannot be matched in linear time: %s{reason} Rewrite or remove it."
        | ScreenError.InvalidEntry(list, line, entry) ->
            $"Line %d{line} of the list %s{list} is no value, domain or CIDR: %s{entry}"
        | ScreenError.InvalidSuffix(list, line, rule) ->
            $"Line %d{line} of the public suffix list %s{list} is no rule: %s{rule} Download it again from publicsuffix.org."
        | ScreenError.NoSuffixes list ->
            $"The public suffix list %s{list} holds no rule. Download it again from publicsuffix.org."

[<RequireQualifiedAccess>]
module internal RuleText =
    /// A line of a file for a message: at most 60 bytes of it.
    let shown (line: ReadOnlySpan<byte>) : string =
        let text =
            Text.Encoding.UTF8.GetString(if line.Length > 60 then line.Slice(0, 60) else line)

        if line.Length > 60 then text + "…" else text

/// How the entries of a list match, in MISP's words, and in those of our allow-lists.
[<Struct; RequireQualifiedAccess>]
type MatchType =
    /// The whole value.
    | String
    /// Anywhere in the value.
    | Substring
    /// The host of a name, URL or e-mail address, or a domain above it.
    | Hostname
    /// A block that holds the address.
    | Cidr
    | Regex
    /// Our allow-lists: CIDR, `.domain` with what is below it, domain (the host), or the whole value.
    | Any
    /// Our never-lists: as allow-lists, and whatever else would block an entry along with itself: a network around it, a domain above it.
    | Never

/// A set of observable types, one bit for each.
[<RequireQualifiedAccess>]
module ObservableTypes =
    let none: uint32 = 0u

    let inline ofType (observable: ObservableType) : uint32 =
        1u <<< (int (ObservableType.code observable) - 1)

    let ofTypes (observables: ObservableType list) : uint32 =
        observables |> List.fold (fun set observable -> set ||| ofType observable) none

    let all: uint32 = ofTypes (List.ofArray ObservableType.all)

    let addresses: uint32 =
        ofTypes
            [
                ObservableType.Ipv4
                ObservableType.Ipv6
                ObservableType.Cidr
                ObservableType.IpPort
            ]

    let inline contains (set: uint32) (observable: ObservableType) : bool = set &&& ofType observable <> 0u

/// A list that says no.
[<Sealed; AllowNullLiteral(false)>]
type ScreenList
    internal (file: string, name: string, version: string, matchType: MatchType, types: uint32, entries: TextColumn) =
    /// The file the list came from, as the caller named it.
    member _.File = file
    /// The name the list gives itself; the file's name where it gives none.
    member _.Name = name
    member _.Version = version
    member _.MatchType = matchType
    /// The observable types the list applies to (see `ObservableTypes`).
    member _.Types = types
    /// The entries as the list writes them.
    member _.Entries = entries
