// The stage's one door: all lists and the guard as one set, and the question whether it holds a canonical value. Never changes
// once built; threads share it. The cost of a question does not grow with the number of lists.
namespace Cti.Core

open System
open System.Collections.Generic
open System.Text

/// Why a value is screened. The codes are stable.
[<Struct; RequireQualifiedAccess>]
type ScreenReason =
    /// Not screened.
    | None
    | Warninglist
    | AllowList
    | BroadEntry
    | Reserved
    | NeverList

[<RequireQualifiedAccess>]
module ScreenReason =
    /// `CTI-SCREEN-001` to `-004` and `-010`; empty for `None`.
    let code (reason: ScreenReason) : string =
        match reason with
        | ScreenReason.None -> ""
        | ScreenReason.Warninglist -> "CTI-SCREEN-001"
        | ScreenReason.AllowList -> "CTI-SCREEN-002"
        | ScreenReason.BroadEntry -> "CTI-SCREEN-003"
        | ScreenReason.Reserved -> "CTI-SCREEN-004"
        | ScreenReason.NeverList -> "CTI-SCREEN-010"

/// The list and entry that hold a value. `List` and `Entry` are of no meaning when the reason is `None`.
[<Struct>]
type ScreenHit =
    {
        Reason: ScreenReason
        /// Index into `ScreenSet.Lists`.
        List: int
        /// Index into that list's entries.
        Entry: int
    }

/// Everything that says no, ready to be asked.
[<Sealed; AllowNullLiteral(false)>]
type ScreenSet private (lists: ScreenList[], own: int, builder: ScreenBuilder, options: BroadEntryOptions) =
    let values = builder.Values
    let ipv4 = PrefixTable.Build(builder.Ipv4, true)
    let ipv6 = PrefixTable.Build(builder.Ipv6, false)
    let substrings = SubstringTable builder.Substrings
    let regexes = RegexTable builder.Regexes
    let never4 = InnerBlocks builder.NeverIpv4
    let never6 = InnerBlocks builder.NeverIpv6
    let unused = builder.Unused
    // Guard lists stand behind the caller's: reserved space, suffixes, limits.
    let limits = own + 2

    static let none =
        {
            Reason = ScreenReason.None
            List = -1
            Entry = -1
        }

    // List and entry as one number, so that the earlier of two answers is the smaller one.
    static let nothing = Int64.MaxValue

    static let pack (list: int) (entry: int) : int64 = (int64 list <<< 32) ||| int64 entry

    static let limitsList =
        let entries = TextColumn(3, 32)
        entries.Add(ReadOnlySpan<byte> "IPv4 prefix shorter than min_prefix"B)
        entries.Add(ReadOnlySpan<byte> "IPv6 prefix shorter than min_prefix"B)
        entries.Add(ReadOnlySpan<byte> "name of one label"B)
        ScreenList("limits", "broad entries", "", MatchType.Any, ObservableTypes.all, entries)

    /// Builds a set. Of several lists that hold a value the earliest in this order is reported. Errors come all at once.
    static member Build(lists: ScreenList seq, options: BroadEntryOptions) : Result<ScreenSet, ScreenError list> =
        let own = Seq.toArray lists

        let all =
            Array.append own [| BroadEntry.reservedList options; BroadEntry.suffixList options; limitsList |]

        let isText (list: ScreenList) =
            list.MatchType <> MatchType.Cidr && list.MatchType <> MatchType.Regex

        // Room for all texts: a table that grows is built twice.
        let expected =
            own |> Array.sumBy (fun list -> if isText list then list.Entries.Count else 0)

        let builder = ScreenBuilder expected

        // The lists behind the reserved one only name rules: their answers are computed.
        for index in 0 .. own.Length do
            builder.Add(all[index], index)

        if builder.Errors.Count > 0 then
            Error(List.ofSeq builder.Errors)
        else
            Ok(ScreenSet(all, own.Length, builder, options))

    /// The caller's lists in the caller's order, then the guard's.
    member _.Lists: IReadOnlyList<ScreenList> = lists :> IReadOnlyList<ScreenList>
    /// Entries that can match nothing we carry (a telephone number, a name of one label in a list of whole values).
    member _.UnusedEntries = unused
    /// Distinct texts and blocks looked up.
    member _.Count = values.Count + ipv4.Count + ipv6.Count

    /// The name of the list of a hit.
    member _.ListName(hit: ScreenHit) : string = lists[hit.List].Name
    /// The entry of a hit, as its list writes it.
    member _.EntryText(hit: ScreenHit) : string = lists[hit.List].Entries.Text hit.Entry

    member private _.Value(value: ReadOnlySpan<byte>, types: uint32) : int64 =
        if values.ValueTypes &&& types = 0u then
            nothing
        else
            let found = values.Find(value, ValueTable.Hash value, types, ValueKind.Value)

            if found < 0 then
                nothing
            else
                let entry = &values.Entry found
                pack (int entry.List) entry.Entry

    // The host itself, then every domain above it.
    member private _.Host(host: ReadOnlySpan<byte>, types: uint32) : int64 =
        let mutable best = nothing
        let mutable rest = host
        let mutable dot = host.IndexOf '.'B
        let mutable kind = ValueKind.Host ||| ValueKind.Suffix ||| ValueKind.Above
        let mutable more = values.HasHosts

        while more do
            if dot >= 0 || kind <> ValueKind.Suffix || values.MayHaveLabel rest then
                let found = values.Find(rest, ValueTable.Hash rest, types, kind)

                if found >= 0 then
                    let entry = &values.Entry found
                    best <- min best (pack (int entry.List) entry.Entry)

            kind <- ValueKind.Suffix
            more <- dot >= 0
            rest <- rest.Slice(dot + 1)
            dot <- rest.IndexOf '.'B

        best

    static member private PackCover(table: PrefixTable, found: int) : int64 =
        if found < 0 then
            nothing
        else
            let cover = &table.Cover found
            pack (int cover.List) cover.Entry

    // A canonical address or block.
    member private _.Address(text: ReadOnlySpan<byte>, types: uint32) : int64 =
        let mutable length = 0
        let mutable number = 0u
        let mutable address = UInt128.Zero

        if text.Contains ':'B then
            if AddressBits.readIpv6 text &address &length then
                ScreenSet.PackCover(ipv6, ipv6.Find(address, length, types))
            else
                nothing
        elif AddressBits.readIpv4 text &number &length then
            ScreenSet.PackCover(ipv4, ipv4.FindIpv4(number, length, types))
        else
            nothing

    // What of a never-list lies inside a canonical block.
    member private _.Inside(block: ReadOnlySpan<byte>) : int64 =
        let mutable length = 0
        let mutable number = 0u
        let mutable address = UInt128.Zero
        let isV6 = block.Contains ':'B
        let blocks = if isV6 then never6 else never4

        let isRead =
            if isV6 then
                AddressBits.readIpv6 block &address &length
            else
                let isRead = AddressBits.readIpv4 block &number &length
                address <- AddressBits.ofIpv4 number
                isRead

        let found = if isRead then blocks.Find(address, length) else -1

        if found < 0 then
            nothing
        else
            let node = &blocks.Node found
            pack node.List node.Entry

    member private this.Url(url: ReadOnlySpan<byte>, types: uint32) : int64 =
        let host = CanonicalHost.ofUrl url

        let found =
            if host.Length = 0 then
                nothing
            elif CanonicalHost.isAddress host then
                this.Address(host, types)
            else
                this.Host(host, types)

        min found (this.Value(url, types))

    // What the limits say of a value that no list holds.
    member private _.Limit(observable: ObservableType, value: ReadOnlySpan<byte>) : int64 =
        match observable with
        | ObservableType.Cidr when BroadEntry.isShortPrefix options value ->
            pack limits (if value.Contains ':'B then 1 else 0)
        | ObservableType.Domain ->
            match options.PublicSuffixes with
            | _ when not (value.Contains '.'B) -> pack limits 2
            | ValueSome suffixes ->
                let rule = suffixes.RuleOf value
                if rule < 0 then nothing else pack (own + 1) rule
            | ValueNone -> nothing
        | _ -> nothing

    member private _.HitOf(found: int64) : ScreenHit =
        if found = nothing then
            none
        else
            let list = int (found >>> 32)

            let reason =
                if list = own then
                    ScreenReason.Reserved
                elif list > own then
                    ScreenReason.BroadEntry
                else
                    match lists[list].MatchType with
                    | MatchType.Any -> ScreenReason.AllowList
                    | MatchType.Never -> ScreenReason.NeverList
                    | _ -> ScreenReason.Warninglist

            {
                Reason = reason
                List = list
                Entry = int found
            }

    /// Whether the set holds a canonical value (as `Normalise.into` writes it), and where. Does not allocate.
    member this.Match(observable: ObservableType, value: ReadOnlySpan<byte>) : ScreenHit =
        let types = ObservableTypes.ofType observable

        let mutable found =
            match observable with
            | ObservableType.Ipv4
            | ObservableType.Ipv6 -> this.Address(value, types)
            | ObservableType.Cidr ->
                min (this.Inside value) (min (this.Address(value, types)) (this.Value(value, types)))
            | ObservableType.IpPort ->
                min (this.Address(CanonicalHost.withoutPort value, types)) (this.Value(value, types))
            | ObservableType.Domain -> this.Host(value, types)
            | ObservableType.Url -> this.Url(value, types)
            | ObservableType.Email ->
                min (this.Host(value.Slice(value.LastIndexOf '@'B + 1), types)) (this.Value(value, types))
            // Everything else is one whole.
            | _ -> this.Value(value, types)

        if substrings.Types &&& types <> 0u then
            let struct (list, entry) = substrings.Find(value, types)

            if list >= 0 then
                found <- min found (pack list entry)

        if regexes.Types &&& types <> 0u then
            let struct (list, entry) = regexes.Find(value, types)

            if list >= 0 then
                found <- min found (pack list entry)

        if found = nothing then
            found <- this.Limit(observable, value)

        this.HitOf found

    /// The friendly form of `Match`.
    member this.Match(subject: Subject) : ScreenHit =
        let bytes = Encoding.UTF8.GetBytes subject.Value
        this.Match(subject.Type, ReadOnlySpan<byte> bytes)
