// Tables of address ranges as they are published: which column holds what, and how ranges, countries and networks are written. Reads rows; what
// is looked up is RangeTable's.
namespace Cti.Core

open System
open System.Buffers.Text
open System.Collections.Generic

/// What a column of a table of ranges holds.
[<Struct; RequireQualifiedAccess>]
type RangeColumn =
    /// The first address of the range.
    | Start
    /// The last address of the range.
    | End
    /// The range as a CIDR block.
    | Network
    /// A code of two letters.
    | Country
    /// The number of the autonomous system, with or without `AS`.
    | Asn
    | AsName
    /// Nothing that is wanted.
    | Skip

/// How a table of ranges is written.
[<RequireQualifiedAccess>]
type RangeFormat =
    /// What its columns hold, from the left; columns behind them are passed over.
    | Columns of RangeColumn list
    /// The statistics files of the regional internet registries (`delegated-…-extended`): `registry|CC|ipv4|start|count|…`.
    | Delegated

[<RequireQualifiedAccess>]
module RangeFormat =
    /// The facts a table of this format gives.
    let facts (format: RangeFormat) : Fact list =
        match format with
        | RangeFormat.Delegated -> [ Fact.Country ]
        | RangeFormat.Columns columns ->
            columns
            |> List.choose (fun column ->
                match column with
                | RangeColumn.Country -> Some Fact.Country
                | RangeColumn.Asn -> Some Fact.Asn
                | RangeColumn.AsName -> Some Fact.AsName
                | RangeColumn.Start
                | RangeColumn.End
                | RangeColumn.Network
                | RangeColumn.Skip -> None)

/// What a range says of its addresses.
[<Struct; CustomEquality; NoComparison>]
type internal AddressFacts =
    {
        Country: uint16
        /// -1 where not known.
        Asn: int64
        /// One object for each name; empty where not known.
        Name: byte[]
    }

    interface IEquatable<AddressFacts> with
        member this.Equals(other: AddressFacts) =
            this.Country = other.Country
            && this.Asn = other.Asn
            && Object.ReferenceEquals(this.Name, other.Name)

    override this.Equals(other: objnull) =
        match other with
        | :? AddressFacts as facts -> (this :> IEquatable<AddressFacts>).Equals facts
        | _ -> false

    override this.GetHashCode() =
        HashCode.Combine(this.Country, this.Asn, this.Name.Length)

/// A range as a table has it; IPv4 as `::ffff:a.b.c.d`, as `AddressRange` counts.
[<Struct; NoComparison; NoEquality>]
type internal AddressRow =
    {
        Low: UInt128
        High: UInt128
        /// Number of the facts.
        Facts: int
    }

/// Gathers the rows of one or several files. Used once, by one thread.
[<Sealed; AllowNullLiteral(false)>]
type internal RangeReader(format: RangeFormat) =
    let rows = List<AddressRow>()
    let facts = List<AddressFacts>()
    let known = Dictionary<AddressFacts, int>()
    let names = Dictionary<string, byte[]>()

    static let ipv4Prefix = UInt128.op_Implicit 0xFFFF_0000_0000UL
    static let ipv4Last = UInt128.op_Implicit 0xFFFF_FFFF_FFFFUL
    static let noName: byte[] = Array.empty

    static let place (columns: RangeColumn list) (column: RangeColumn) : int =
        columns |> List.tryFindIndex ((=) column) |> Option.defaultValue -1

    let columns =
        match format with
        | RangeFormat.Columns columns -> columns
        | RangeFormat.Delegated -> []

    let start = place columns RangeColumn.Start
    let finish = place columns RangeColumn.End
    let network = place columns RangeColumn.Network
    let country = place columns RangeColumn.Country
    let asn = place columns RangeColumn.Asn
    let asName = place columns RangeColumn.AsName

    // An address as people or IP2Location (one decimal number) write it. Decimal numbers up to 2^32 - 1 are IPv4.
    static let readAddress (text: ReadOnlySpan<byte>) (address: byref<UInt128>) : bool =
        if text.Contains ':'B then
            let mutable high = 0UL
            let mutable low = 0UL
            let error = Ipv6.read text &high &low
            address <- UInt128(high, low)
            error.IsNone
        elif text.Contains '.'B then
            let mutable value = 0u
            let error = Ipv4.read text &value
            address <- ipv4Prefix ||| UInt128.op_Implicit value
            error.IsNone
        elif text.Length = 0 || text.Length > 39 then
            false
        else
            let mutable value = UInt128.Zero
            let mutable valid = true

            for at in 0 .. text.Length - 1 do
                valid <- valid && Text.isDigit text[at]
                value <- value * UInt128.op_Implicit 10u + UInt128.op_Implicit (uint32 (text[at] - '0'B))

            address <- value
            valid

    static let fitsIpv4 (address: UInt128) =
        UInt128.op_LessThanOrEqual (address, UInt128.op_Implicit UInt32.MaxValue)

    static let isNumber (text: ReadOnlySpan<byte>) =
        not (text.Contains ':'B) && not (text.Contains '.'B)

    // Two cells as a range; the family of two numbers shows in the larger one.
    static let readRange
        (low: ReadOnlySpan<byte>)
        (high: ReadOnlySpan<byte>)
        (first: byref<UInt128>)
        (last: byref<UInt128>)
        =
        let isRead = readAddress low &first && readAddress high &last

        if isRead && isNumber low && isNumber high && fitsIpv4 last then
            first <- ipv4Prefix ||| first
            last <- ipv4Prefix ||| last

        isRead && UInt128.op_LessThanOrEqual (first, last)

    static let readNetwork (text: ReadOnlySpan<byte>) (first: byref<UInt128>) (last: byref<UInt128>) : bool =
        let slash = text.IndexOf '/'B
        let address = if slash < 0 then text else text.Slice(0, slash)
        let bits = if address.Contains ':'B then 128 else 32

        let prefix =
            if slash < 0 then
                bits
            else
                Text.readNumber (text.Slice(slash + 1)) 3

        if
            isNumber address
            || prefix < 0
            || prefix > bits
            || not (readAddress address &first)
        then
            false
        else
            let free = bits - prefix

            let host =
                if free = 0 then UInt128.Zero
                elif free = 128 then UInt128.MaxValue
                else (UInt128.One <<< free) - UInt128.One

            last <- first ||| host
            // Bits below the prefix would say that somebody cut the wrong column.
            UInt128.op_Equality (first &&& host, UInt128.Zero)

    // What stands for "not known" where a country should be.
    static let noCountry = [ ""; "-"; "--"; "None"; "NONE"; "none"; "ZZ"; "zz"; "*" ]

    static let readCountry (text: ReadOnlySpan<byte>) (code: byref<uint16>) : bool =
        code <- CountryCode.ofText text

        if
            code <> CountryCode.none
            && not ((text[0] ||| 0x20uy) = 'z'B && (text[1] ||| 0x20uy) = 'z'B)
        then
            true
        else
            code <- CountryCode.none
            text.Length <= 4 && List.contains (RawBatch.TextOf(text, 8)) noCountry

    // 0 and nothing are "not known". RFC 6793: 32 bits.
    static let readAsn (text: ReadOnlySpan<byte>) (number: byref<int64>) : bool =
        let digits =
            if text.Length > 2 && (text[0] ||| 0x20uy) = 'a'B && (text[1] ||| 0x20uy) = 's'B then
                text.Slice 2
            else
                text

        let mutable value = 0u
        let mutable consumed = 0

        if text.Length = 0 || (text.Length = 1 && text[0] = '-'B) then
            number <- -1L
            true
        elif Utf8Parser.TryParse(digits, &value, &consumed) && consumed = digits.Length then
            number <- if value = 0u then -1L else int64 value
            true
        else
            false

    static let noNames = [ ""; "-"; "Not routed"; "None" ]

    let nameOf (text: ReadOnlySpan<byte>) : byte[] =
        let name = RawBatch.TextOf(text, 256)

        match names.TryGetValue name with
        | true, bytes -> bytes
        | _ ->
            let bytes =
                if List.contains name noNames then
                    noName
                else
                    Text.Encoding.UTF8.GetBytes name

            names[name] <- bytes
            bytes

    let add (low: UInt128) (high: UInt128) (said: AddressFacts) =
        let number =
            match known.TryGetValue said with
            | true, number -> number
            | _ ->
                facts.Add said
                known[said] <- facts.Count - 1
                facts.Count - 1

        rows.Add
            {
                Low = low
                High = high
                Facts = number
            }

    // A row of a table with columns.
    let take (batch: RawBatch) (record: int) (row: int64) : string voption =
        let mutable low = UInt128.Zero
        let mutable high = UInt128.Zero

        let isRange =
            if network >= 0 then
                readNetwork (batch.Field(record, network)) &low &high
            else
                readRange (batch.Field(record, start)) (batch.Field(record, finish)) &low &high

        let mutable code = CountryCode.none
        let mutable number = -1L

        if not isRange && row = 0L then
            // The names of the columns.
            ValueNone
        elif not isRange then
            ValueSome "the columns do not hold a range of addresses, first before last."
        elif country >= 0 && not (readCountry (batch.Field(record, country)) &code) then
            ValueSome $"`%s{RuleText.shown (batch.Field(record, country))}` is no country code of two letters."
        elif asn >= 0 && not (readAsn (batch.Field(record, asn)) &number) then
            ValueSome $"`%s{RuleText.shown (batch.Field(record, asn))}` is no number of an autonomous system."
        else
            add
                low
                high
                {
                    Country = code
                    Asn = number
                    Name =
                        (if asName >= 0 then
                             nameOf (batch.Field(record, asName))
                         else
                             noName)
                }

            ValueNone

    static let ipv4Word = "ipv4"B
    static let ipv6Word = "ipv6"B

    // A row of a registry's statistics: `ripencc|NL|ipv4|2.56.0.0|1024|20190101|allocated|…`. Other rows are the version, sums, and numbers of
    // autonomous systems.
    let takeDelegated (batch: RawBatch) (record: int) (_row: int64) : string voption =
        let kind = batch.Field(record, 2)
        let isIpv4 = kind.SequenceEqual(ReadOnlySpan<byte> ipv4Word)
        let isIpv6 = kind.SequenceEqual(ReadOnlySpan<byte> ipv6Word)
        let address = batch.Field(record, 3)
        let mutable code = CountryCode.none

        if (not isIpv4 && not isIpv6) || (address.Length = 1 && address[0] = '*'B) then
            ValueNone
        elif not (readCountry (batch.Field(record, 1)) &code) then
            ValueSome $"`%s{RuleText.shown (batch.Field(record, 1))}` is no country code of two letters."
        else
            let count = Text.readNumber (batch.Field(record, 4)) 9
            let mutable low = UInt128.Zero
            let isRead = readAddress address &low

            let high =
                if isIpv4 then
                    low + UInt128.op_Implicit (uint32 (max 1 count)) - UInt128.One
                elif count <= 0 then
                    UInt128.MaxValue
                else
                    low ||| (UInt128.MaxValue >>> count)

            let isOut =
                if isIpv4 then
                    UInt128.op_LessThan (ipv4Last, high)
                else
                    count > 127

            if not isRead || count < 1 || isOut then
                ValueSome "the columns do not hold a first address and how many there are."
            else
                add
                    low
                    high
                    {
                        Country = code
                        Asn = -1L
                        Name = noName
                    }

                ValueNone

    member _.Rows = rows
    member _.Facts = facts

    /// Adds the rows of a file.
    member _.Read(file: string, text: byte[]) : Result<unit, TableError> =
        let before = rows.Count

        let take =
            match format with
            | RangeFormat.Columns _ -> take
            | RangeFormat.Delegated -> takeDelegated

        match TableText.rows file text take with
        | Error error -> Error error
        | Ok _ when rows.Count = before -> Error(TableError.Empty file)
        | Ok _ -> Ok()
