// From lists as published to the tables of a ScreenSet: every entry is normalised leniently and put where its match type looks.
namespace Cti.Core

open System
open System.Buffers.Binary
open System.Collections.Generic
open System.Text

/// Addresses as PrefixTable wants them: at the top of 128 bits.
[<RequireQualifiedAccess>]
module internal AddressBits =
    let ofIpv4 (address: uint32) : UInt128 = UInt128(uint64 address <<< 32, 0UL)

    /// Reads a canonical IPv4 `address` or `address/prefix` (32 where there is none). False when it is neither.
    let readIpv4 (text: ReadOnlySpan<byte>) (address: byref<uint32>) (length: byref<int>) : bool =
        let slash = text.IndexOf '/'B

        length <-
            if slash < 0 then
                32
            else
                Text.readNumber (text.Slice(slash + 1)) 3

        length >= 0
        && (Ipv4.read (if slash < 0 then text else text.Slice(0, slash)) &address).IsNone

    /// The same for IPv6 (128).
    let readIpv6 (text: ReadOnlySpan<byte>) (address: byref<UInt128>) (length: byref<int>) : bool =
        let slash = text.IndexOf '/'B
        let mutable high = 0UL
        let mutable low = 0UL

        length <-
            if slash < 0 then
                128
            else
                Text.readNumber (text.Slice(slash + 1)) 3

        let isValid =
            length >= 0
            && (Ipv6.read (if slash < 0 then text else text.Slice(0, slash)) &high &low).IsNone

        address <- UInt128(high, low)
        isValid

/// Fills the tables, list after list. Used once, by one thread.
[<Sealed; AllowNullLiteral(false)>]
type internal ScreenBuilder(expected: int) =
    let values = ValueTable expected
    let ipv4 = List<PrefixNode>()
    let ipv6 = List<PrefixNode>()
    let substrings = List<SubstringEntry>()
    let regexes = List<RegexEntry>()
    // Blocks of never-lists, once more: what holds one of them is asked for too.
    let never4 = List<PrefixNode>()
    let never6 = List<PrefixNode>()
    let errors = List<ScreenError>()
    let mutable unused = 0
    // One buffer to normalise in, and the arena of texts that differ from what their list wrote. A full arena is left to the entries
    // that point into it, and a new one is begun.
    let target: byte[] = Array.zeroCreate (Normalise.bound Normalise.MaxLength)
    let mutable arena: byte[] = Array.zeroCreate 65536
    let mutable used = 0

    static let hosts =
        ObservableTypes.ofTypes [ ObservableType.Domain; ObservableType.Url; ObservableType.Email ]

    // What a list of whole values may name beside addresses, names, URLs and hashes.
    static let rare =
        ObservableType.all
        |> Array.filter (fun observable -> ObservableType.code observable > ObservableType.code ObservableType.Sha512)

    static let rareTypes = ObservableTypes.ofTypes (List.ofArray rare)

    static let holders =
        ObservableTypes.addresses ||| ObservableTypes.ofType ObservableType.Url

    member _.Values = values
    member _.Ipv4 = ipv4
    member _.Ipv6 = ipv6
    member _.Substrings = substrings
    member _.Regexes = regexes
    member _.NeverIpv4 = never4
    member _.NeverIpv6 = never6
    member _.Errors = errors
    /// Entries that can match nothing we carry.
    member _.Unused = unused

    // The first `length` bytes of `target` as a key; the list's own bytes where they are the same.
    member private _.AddText(list: ScreenList, index: int, entry: int, length: int, types: uint32, kind: byte) =
        let text = ReadOnlySpan<byte>(target, 0, length)
        let written = list.Entries[entry]
        let start = list.Entries.Start entry

        if types = ObservableTypes.none then
            unused <- unused + 1
        elif written.EndsWith text then
            let offset = start + written.Length - length
            values.Add(list.Entries.Buffer, offset, length, index, entry, types, kind)
        else
            if used + length > arena.Length then
                arena <- Array.zeroCreate (max 65536 length)
                used <- 0

            text.CopyTo(Span<byte>(arena, used, length))
            values.Add(arena, used, length, index, entry, types, kind)
            used <- used + length

    // The first `length` bytes of `target` as a block.
    member private _.AddBlock(list: ScreenList, index: int, entry: int, length: int, types: uint32) =
        let text = ReadOnlySpan<byte>(target, 0, length)
        let isV6 = text.Contains ':'B
        let mutable bits = 0
        let mutable short = 0u
        let mutable low = UInt128.Zero

        let isRead =
            if isV6 then
                AddressBits.readIpv6 text &low &bits
            else
                AddressBits.readIpv4 text &short &bits

        if not isRead || types = ObservableTypes.none then
            unused <- unused + 1
        else
            let node =
                {
                    Low = (if isV6 then low else AddressBits.ofIpv4 short)
                    Length = bits
                    List = index
                    Entry = entry
                    Types = types
                    Parent = -1
                }

            (if isV6 then ipv6 else ipv4).Add node

            if list.MatchType = MatchType.Never then
                (if isV6 then never6 else never4).Add node

    member private this.AddValue(list: ScreenList, index: int, entry: int) =
        let mutable isUsed = false

        // A list that names its types means what it says: a bare name may be that of a file.
        if list.Types <> ObservableTypes.all then
            for observable in rare do
                if ObservableTypes.contains list.Types observable then
                    let hint = TypeHint.Fixed observable
                    let found = Normalise.into hint list.Entries[entry] (Span<byte> target)

                    if found.Error.IsNone then
                        isUsed <- true

                        this.AddText(
                            list,
                            index,
                            entry,
                            found.Length,
                            ObservableTypes.ofType observable,
                            ValueKind.Value
                        )

        let common = list.Types &&& ~~~rareTypes

        if common <> ObservableTypes.none || not isUsed then
            this.AddRecognised(list, index, entry, isUsed)

    member private this.AddRecognised(list: ScreenList, index: int, entry: int, isUsed: bool) =
        let found = Normalise.into TypeHint.Auto list.Entries[entry] (Span<byte> target)
        let types = list.Types &&& ObservableTypes.ofType found.Type

        if not found.Error.IsNone || types = ObservableTypes.none then
            unused <- unused + (if isUsed then 0 else 1)
        else
            match found.Type with
            | ObservableType.Ipv4
            | ObservableType.Ipv6 -> this.AddBlock(list, index, entry, found.Length, types)
            | ObservableType.Domain -> this.AddText(list, index, entry, found.Length, types, ValueKind.Host)
            | _ -> this.AddText(list, index, entry, found.Length, types, ValueKind.Value)

    // A host with all below it: `.example.org`, `*.example.org`, `Example.org.`, `http://example.org/x`, a single label, an address.
    member private this.AddHost(list: ScreenList, index: int, entry: int, types: uint32) =
        let mutable text = Text.trim list.Entries[entry]
        let scheme = Url.schemeEnd text

        if scheme >= 0 then
            text <- text.Slice(scheme + 3)
            let finish = text.IndexOfAny('/'B, '?'B, '#'B)
            text <- if finish < 0 then text else text.Slice(0, finish)

        while text.Length > 0 && (text[0] = '.'B || text[0] = '*'B) do
            text <- text.Slice 1

        let fixedTo observable = TypeHint.Fixed observable

        let found = Normalise.into (fixedTo ObservableType.Domain) text (Span<byte> target)

        match found.Error with
        | NormaliseError.None ->
            this.AddText(list, index, entry, found.Length, types &&& hosts, ValueKind.Host ||| ValueKind.Suffix)
        | NormaliseError.SingleLabel ->
            let mutable written = 0

            let label =
                if text[text.Length - 1] = '.'B then
                    text.Slice(0, text.Length - 1)
                else
                    text

            Ascii.ToLower(label, Span<byte> target, &written) |> ignore
            this.AddText(list, index, entry, written, types &&& hosts, ValueKind.Host ||| ValueKind.Suffix)
        | _ ->
            let address = Normalise.into TypeHint.Auto text (Span<byte> target)

            match address.Type with
            | ObservableType.Ipv4
            | ObservableType.Ipv6 when address.Error.IsNone ->
                this.AddBlock(list, index, entry, address.Length, types &&& ObservableTypes.ofType ObservableType.Url)
            | _ -> unused <- unused + 1

    member private this.AddCidr(list: ScreenList, index: int, entry: int) =
        let found =
            Normalise.into (TypeHint.Fixed ObservableType.Cidr) list.Entries[entry] (Span<byte> target)

        if found.Error.IsNone then
            this.AddBlock(list, index, entry, found.Length, list.Types &&& holders)
        else
            unused <- unused + 1

    member private _.AddSubstring(list: ScreenList, index: int, entry: int) =
        let written = Text.trim list.Entries[entry]
        let length = Refang.into written (Span<byte> target)

        if length <= 0 || list.Types = ObservableTypes.none then
            unused <- unused + 1
        else
            let text = Array.zeroCreate<byte> length

            for at in 0 .. length - 1 do
                text[at] <- Text.lower target[at]

            substrings.Add
                {
                    Text = text
                    List = index
                    Entry = entry
                    Types = list.Types
                }

    member private _.AddRegex(list: ScreenList, index: int, entry: int) =
        if list.Types = ObservableTypes.none then
            unused <- unused + 1
        else
            let text = list.Entries.Text entry

            match RegexRule.compile text with
            | Error reason -> errors.Add(ScreenError.InvalidRegex(list.File, text, reason))
            | Ok regex ->
                regexes.Add
                    {
                        Regex = regex
                        List = index
                        Entry = entry
                        Types = list.Types
                    }

    // The domains from `start` of the first `length` bytes of `target` upward, but for the last label: to block one is to block the entry.
    member private this.AddAbove(list: ScreenList, index: int, entry: int, start: int, length: int) =
        let domains = list.Types &&& ObservableTypes.ofType ObservableType.Domain
        let mutable name = start
        let mutable dot = ReadOnlySpan<byte>(target, name, length - name).IndexOf '.'B

        while dot >= 0 do
            let size = length - name
            Array.Copy(target, name, target, 0, size)
            this.AddText(list, index, entry, size, domains, ValueKind.Above)
            Array.Copy(target, 0, target, name, size)
            name <- name + dot + 1
            dot <- ReadOnlySpan<byte>(target, name, length - name).IndexOf '.'B

    // Our own lists: what an entry is tells how it matches.
    member private this.AddAny(list: ScreenList, index: int, entry: int) =
        let written = list.Entries[entry]

        if written.Length > 0 && (written[0] = '.'B || written[0] = '*'B) then
            this.AddHost(list, index, entry, list.Types)
        else
            let found = Normalise.into TypeHint.Auto written (Span<byte> target)

            if not found.Error.IsNone then
                unused <- unused + 1
            else
                match found.Type with
                | ObservableType.Ipv4
                | ObservableType.Ipv6
                | ObservableType.Cidr -> this.AddBlock(list, index, entry, found.Length, list.Types &&& holders)
                | ObservableType.Domain ->
                    this.AddText(list, index, entry, found.Length, list.Types &&& hosts, ValueKind.Host)
                | other ->
                    let types = list.Types &&& ObservableTypes.ofType other
                    this.AddText(list, index, entry, found.Length, types, ValueKind.Value)

    // What else would block an entry of a never-list: the domains above its host, the address before its port.
    member private this.AddNever(list: ScreenList, index: int, entry: int) =
        this.AddAny(list, index, entry)
        let mutable written = Text.trim list.Entries[entry]

        while written.Length > 0 && (written[0] = '.'B || written[0] = '*'B) do
            written <- written.Slice 1

        let found = Normalise.into TypeHint.Auto written (Span<byte> target)

        if found.Error.IsNone then
            match found.Type with
            | ObservableType.Domain -> this.AddAbove(list, index, entry, 0, found.Length)
            | ObservableType.Url
            | ObservableType.IpPort ->
                let value = ReadOnlySpan<byte>(target, 0, found.Length)

                let host =
                    if found.Type = ObservableType.Url then
                        CanonicalHost.ofUrl value
                    else
                        CanonicalHost.withoutPort value

                let length = host.Length
                host.CopyTo(Span<byte> target)

                if CanonicalHost.isAddress (ReadOnlySpan<byte>(target, 0, length)) then
                    let addresses =
                        ObservableTypes.ofTypes [ ObservableType.Ipv4; ObservableType.Ipv6; ObservableType.Cidr ]

                    this.AddBlock(list, index, entry, length, list.Types &&& addresses)
                else
                    this.AddAbove(list, index, entry, 0, length)
            | _ -> ()

    /// Adds a list; `index` is its place among all lists and grows from call to call.
    member this.Add(list: ScreenList, index: int) =
        for entry in 0 .. list.Entries.Count - 1 do
            if list.Entries.Length entry > Normalise.MaxLength then
                unused <- unused + 1
            else
                match list.MatchType with
                | MatchType.String -> this.AddValue(list, index, entry)
                | MatchType.Hostname -> this.AddHost(list, index, entry, list.Types)
                | MatchType.Cidr -> this.AddCidr(list, index, entry)
                | MatchType.Substring -> this.AddSubstring(list, index, entry)
                | MatchType.Regex -> this.AddRegex(list, index, entry)
                | MatchType.Any -> this.AddAny(list, index, entry)
                | MatchType.Never -> this.AddNever(list, index, entry)
