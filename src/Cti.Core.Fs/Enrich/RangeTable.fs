// Which range holds an address: ranges of a table, flattened so that the narrowest wins, in sorted arrays. Never changes once built.
namespace Cti.Core

open System
open System.Collections.Generic

/// Ranges that may overlap become segments that do not: each with the facts of the narrowest range over it, of equally narrow ones of the
/// first given. Neighbours with the same facts are one. Lives while a table is built.
[<RequireQualifiedAccess>]
module private Flatten =
    let private byLow =
        Comparison(fun (left: AddressRow) (right: AddressRow) -> left.Low.CompareTo right.Low)

    let segments (rows: List<AddressRow>) : struct (List<UInt128> * List<int>) =
        let starts = List<UInt128>(rows.Count + 16)
        let facts = List<int>(rows.Count + 16)

        let cut (start: UInt128) (said: int) =
            if facts.Count > 0 && UInt128.op_Equality (starts[starts.Count - 1], start) then
                if facts.Count > 1 && facts[facts.Count - 2] = said then
                    starts.RemoveAt(starts.Count - 1)
                    facts.RemoveAt(facts.Count - 1)
                else
                    facts[facts.Count - 1] <- said
            elif facts.Count = 0 || facts[facts.Count - 1] <> said then
                starts.Add start
                facts.Add said

        // Most tables come sorted: then this is one pass.
        let order = Array.init rows.Count id
        let lows = Array.init rows.Count (fun row -> rows[row].Low)
        let mutable isSorted = true

        for row in 1 .. lows.Length - 1 do
            isSorted <- isSorted && UInt128.op_LessThanOrEqual (lows[row - 1], lows[row])

        if not isSorted then
            Array.Sort(lows, order)

        // The ranges over the current point: the narrowest first, then the first given. Ended ones go when they come up.
        let opened =
            PriorityQueue<int, struct (UInt128 * int)>(
                Comparer.Create(
                    Comparison(fun (struct (width, row)) (struct (otherWidth, otherRow)) ->
                        match (width: UInt128).CompareTo otherWidth with
                        | 0 -> (row: int).CompareTo otherRow
                        | order -> order)
                )
            )

        // Closes what ends before `until`, saying what holds behind each end; `None` where everything ends.
        let close (until: UInt128 voption) =
            let mutable going = opened.Count > 0

            while going do
                let top = rows[opened.Peek()]

                let ended =
                    match until with
                    | ValueSome start -> UInt128.op_LessThan (top.High, start)
                    | ValueNone -> true

                if not ended then
                    going <- false
                else
                    opened.Dequeue() |> ignore

                    // What ended under a narrower range is passed over.
                    while opened.Count > 0
                          && UInt128.op_LessThanOrEqual (rows[opened.Peek()].High, top.High) do
                        opened.Dequeue() |> ignore

                    if UInt128.op_LessThan (top.High, UInt128.MaxValue) then
                        cut (top.High + UInt128.One) (if opened.Count > 0 then rows[opened.Peek()].Facts else -1)

                    going <- opened.Count > 0

        cut UInt128.Zero -1

        for row in order do
            let range = rows[row]
            close (ValueSome range.Low)
            opened.Enqueue(row, struct (range.High - range.Low, row))
            cut range.Low rows[opened.Peek()].Facts

        close ValueNone
        struct (starts, facts)

/// Ranges of addresses with what is known of each, ready to be asked.
[<Sealed; AllowNullLiteral(false)>]
type RangeTable
    private
    (
        starts4: uint32[],
        facts4: int[],
        starts6: UInt128[],
        facts6: int[],
        facts: AddressFacts[],
        directory: int[],
        rows: int
    ) =
    static let ipv4First = UInt128.op_Implicit 0xFFFF_0000_0000UL
    static let ipv4Last = UInt128.op_Implicit 0xFFFF_FFFF_FFFFUL

    // directory[t]: the first segment that begins at or above t << 16.
    static let directoryOf (starts: uint32[]) : int[] =
        let table = Array.zeroCreate 65537
        let mutable prefix = 0

        for at in 0 .. starts.Length - 1 do
            let first = int (starts[at] >>> 16)

            while prefix <= first do
                table[prefix] <- at
                prefix <- prefix + 1

        while prefix <= 65536 do
            table[prefix] <- starts.Length
            prefix <- prefix + 1

        table

    /// Reads the files of one table and builds it.
    static member Parse(format: RangeFormat, files: struct (string * byte[]) list) : Result<RangeTable, TableError> =
        let reader = RangeReader format

        let rec readAll rest =
            match rest with
            | [] -> Ok()
            | struct (file, text) :: others -> reader.Read(file, text) |> Result.bind (fun () -> readAll others)

        readAll files
        |> Result.map (fun () ->
            let struct (starts, said) = Flatten.segments reader.Rows
            // Segments of IPv4 apart, with 32 bits each: a third of the bytes.
            let starts4 = List<uint32>()
            let facts4 = List<int>()
            let starts6 = List<UInt128>()
            let facts6 = List<int>()
            let mutable inIpv4 = -1
            let behind = ipv4Last + UInt128.One

            for at in 0 .. starts.Count - 1 do
                let start = starts[at]

                // What goes on behind IPv4.
                if
                    at > 0
                    && UInt128.op_LessThan (behind, start)
                    && UInt128.op_LessThan (starts[at - 1], behind)
                then
                    starts6.Add behind
                    facts6.Add said[at - 1]

                if UInt128.op_LessThanOrEqual (start, ipv4First) then
                    inIpv4 <- said[at]
                elif UInt128.op_LessThanOrEqual (start, ipv4Last) then
                    if starts4.Count = 0 then
                        starts4.Add 0u
                        facts4.Add inIpv4

                    starts4.Add(uint32 (uint64 start &&& 0xFFFFFFFFUL))
                    facts4.Add said[at]

                if UInt128.op_LessThan (start, ipv4First) || UInt128.op_LessThan (ipv4Last, start) then
                    starts6.Add start
                    facts6.Add said[at]

            if starts4.Count = 0 then
                starts4.Add 0u
                facts4.Add inIpv4

            if UInt128.op_LessThan (starts[starts.Count - 1], behind) then
                starts6.Add behind
                facts6.Add said[said.Count - 1]

            let starts4 = starts4.ToArray()

            RangeTable(
                starts4,
                facts4.ToArray(),
                starts6.ToArray(),
                facts6.ToArray(),
                reader.Facts.ToArray(),
                directoryOf starts4,
                reader.Rows.Count
            ))

    /// Rows as the files have them.
    member _.Rows = rows

    /// Bytes the table takes up, names not counted.
    member _.Bytes =
        starts4.Length * 8
        + starts6.Length * 20
        + facts.Length * 24
        + directory.Length * 4

    /// The facts of the IPv4 addresses `low` to `high`, where all of them have the same; -1 otherwise.
    member private _.FindIpv4(low: uint32, high: uint32) : int =
        let prefix = int (low >>> 16)
        let mutable first = directory[prefix]
        let mutable last = directory[prefix + 1]

        while first < last do
            let middle = (first + last) >>> 1

            if low < starts4[middle] then
                last <- middle
            else
                first <- middle + 1

        if first < starts4.Length && starts4[first] <= high then
            -1
        else
            facts4[first - 1]

    member private _.FindIpv6(low: UInt128, high: UInt128) : int =
        let mutable first = 0
        let mutable last = starts6.Length

        while first < last do
            let middle = (first + last) >>> 1

            if UInt128.op_LessThan (low, starts6[middle]) then
                last <- middle
            else
                first <- middle + 1

        if first < starts6.Length && UInt128.op_LessThanOrEqual (starts6[first], high) then
            -1
        else
            facts6[first - 1]

    /// Which facts hold for a canonical address or block: for a block those that all of its addresses have. -1 where none are known.
    member internal this.Find(text: ReadOnlySpan<byte>) : int =
        let mutable length = 0

        if text.Contains ':'B then
            let mutable address = UInt128.Zero

            if AddressBits.readIpv6 text &address &length then
                let host =
                    if length >= 128 then
                        UInt128.Zero
                    else
                        UInt128.MaxValue >>> length

                let high = address ||| host

                if
                    UInt128.op_LessThanOrEqual (ipv4First, address)
                    && UInt128.op_LessThanOrEqual (high, ipv4Last)
                then
                    this.FindIpv4(uint32 (uint64 address &&& 0xFFFFFFFFUL), uint32 (uint64 high &&& 0xFFFFFFFFUL))
                else
                    this.FindIpv6(address, high)
            else
                -1
        else
            let mutable address = 0u

            if AddressBits.readIpv4 text &address &length then
                let host = if length >= 32 then 0u else UInt32.MaxValue >>> length
                this.FindIpv4(address, address ||| host)
            else
                -1

    member internal _.Facts(index: int) : byref<AddressFacts> = &facts[index]

    /// The friendly form: country (empty where not known), number (-1 where not known) and name (empty where not known) of a canonical address or block.
    member this.Ask(value: string) : struct (string * int64 * string) =
        let bytes = Text.Encoding.UTF8.GetBytes value
        let found = this.Find(ReadOnlySpan<byte> bytes)

        if found < 0 then
            struct ("", -1L, "")
        else
            let said = facts[found]

            struct (Text.Encoding.UTF8.GetString(CountryCode.text said.Country),
                    said.Asn,
                    Text.Encoding.UTF8.GetString said.Name)
