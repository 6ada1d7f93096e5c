// What conditions are about: texts, numbers and times of a row. Compiled once into small objects that give row after row their value without allocating.
namespace Cti.Core.Predicates

open System
open System.Text
open Cti.Core

[<AbstractClass; AllowNullLiteral(false)>]
type internal TextNode() =
    abstract IsNull: row: IRow -> bool
    abstract Value: row: IRow -> ReadOnlySpan<byte>

[<AbstractClass; AllowNullLiteral(false)>]
type internal NumberNode() =
    abstract IsNull: row: IRow -> bool
    abstract Value: row: IRow -> decimal

[<AbstractClass; AllowNullLiteral(false)>]
type internal TimeNode() =
    abstract IsNull: row: IRow -> bool
    abstract Value: row: IRow -> Timestamp

/// Compiles expressions.
[<RequireQualifiedAccess>]
module internal Operand =
    /// Lower case of one code point as DuckDB 1.5 has it: Unicode 15.1's simple mapping, `İ` to `i`. Letters that Unicode 16
    /// brought stay as they are; the runtime knows them, DuckDB does not.
    let private lowerRune (rune: Rune) : Rune =
        match rune.Value with
        | 0x130 -> Rune 'i'
        | 0x1C89
        | 0xA7CB
        | 0xA7CC
        | 0xA7DA
        | 0xA7DC -> rune
        | code when code >= 0x10D50 && code <= 0x10D65 -> rune
        | _ -> Rune.ToLowerInvariant rune

    // Lower-cases into its own buffer, which is why an evaluator serves one thread at a time.
    [<Sealed>]
    type private LowerNode(inner: TextNode) =
        inherit TextNode()
        let mutable buffer: byte[] = Array.zeroCreate 256

        override _.IsNull row = inner.IsNull row

        override _.Value row =
            let text = inner.Value row

            // A code point of two bytes may become one of three; nothing grows by more.
            if buffer.Length < text.Length * 2 then
                buffer <- Array.zeroCreate (text.Length * 2)

            let mutable read = 0
            let mutable written = 0

            while read < text.Length do
                let mutable rune = Rune()
                let mutable width = 0
                Rune.DecodeFromUtf8(text.Slice read, &rune, &width) |> ignore
                let lowered = lowerRune rune
                written <- written + lowered.EncodeToUtf8(Span<byte>(buffer).Slice written)
                read <- read + width

            ReadOnlySpan<byte>(buffer, 0, written)

    let rec text (expr: TextExpr) : TextNode =
        match expr with
        | TextExpr.Field field ->
            let name = Field.Text field

            { new TextNode() with
                override _.IsNull row = row.IsNull name
                override _.Value row = row.Text field
            }
        | TextExpr.Literal value ->
            let bytes = Encoding.UTF8.GetBytes value

            { new TextNode() with
                override _.IsNull _ = false
                override _.Value _ = ReadOnlySpan<byte> bytes
            }
        | TextExpr.Lower inner -> LowerNode(text inner)

    let number (expr: NumberExpr) : NumberNode =
        match expr with
        | NumberExpr.Field field ->
            let name = Field.Number field
            let scale = NumberField.scale field

            { new NumberNode() with
                override _.IsNull row = row.IsNull name

                override _.Value row =
                    if scale = 0uy then
                        decimal (row.Number field)
                    else
                        // The low and the high half of its size: no division.
                        let units = row.Number field
                        let size = abs units
                        Decimal(int size, int (size >>> 32), 0, units < 0L, scale)
            }
        | NumberExpr.Literal value ->
            { new NumberNode() with
                override _.IsNull _ = false
                override _.Value _ = value
            }
        | NumberExpr.Length inner ->
            let inner = text inner

            { new NumberNode() with
                override _.IsNull row = inner.IsNull row

                override _.Value row =
                    let bytes = inner.Value row
                    let mutable count = 0

                    for index in 0 .. bytes.Length - 1 do
                        if bytes[index] &&& 0xC0uy <> 0x80uy then
                            count <- count + 1

                    decimal count
            }
        | NumberExpr.OfText inner ->
            let inner = text inner

            { new NumberNode() with
                override _.IsNull row =
                    let mutable value = 0m
                    inner.IsNull row || not (ColumnText.tryNumber (inner.Value row) &value)

                override _.Value row =
                    let mutable value = 0m
                    ColumnText.tryNumber (inner.Value row) &value |> ignore
                    value
            }

    let time (expr: TimeExpr) : TimeNode =
        match expr with
        | TimeExpr.Field field ->
            let name = Field.Time field

            { new TimeNode() with
                override _.IsNull row = row.IsNull name
                override _.Value row = row.Time field
            }
        | TimeExpr.Literal value ->
            { new TimeNode() with
                override _.IsNull _ = false
                override _.Value _ = value
            }
