// Compiles a typed condition once into a tree of small objects that answer for row after row without allocating.
// Three-valued logic: a comparison with NULL is Unknown, and Unknown selects nothing. Texts compare by their UTF-8 bytes.
namespace Cti.Core.Predicates

open System
open System.Text
open Cti.Core

[<AbstractClass; AllowNullLiteral(false)>]
type internal ConditionNode() =
    abstract Answer: row: IRow -> Truth

[<RequireQualifiedAccess>]
module internal Compile =
    let private ofBool (value: bool) =
        if value then Truth.True else Truth.False

    let private negate (truth: Truth) : Truth =
        LanguagePrimitives.EnumOfValue(2uy - byte truth)

    let private smaller (left: Truth) (right: Truth) = if left < right then left else right
    let private larger (left: Truth) (right: Truth) = if left > right then left else right

    // `order` is the sign of left compared with right.
    let private holds (comparison: Comparison) (order: int) =
        match comparison with
        | Comparison.Equal -> order = 0
        | Comparison.NotEqual -> order <> 0
        | Comparison.Less -> order < 0
        | Comparison.LessOrEqual -> order <= 0
        | Comparison.Greater -> order > 0
        | Comparison.GreaterOrEqual -> order >= 0

    let private compareText (comparison: Comparison) (left: TextNode) (right: TextNode) : ConditionNode =
        { new ConditionNode() with
            override _.Answer row =
                if left.IsNull row || right.IsNull row then
                    Truth.Unknown
                else
                    match comparison with
                    | Comparison.Equal -> ofBool ((left.Value row).SequenceEqual(right.Value row))
                    | _ -> ofBool (holds comparison ((left.Value row).SequenceCompareTo(right.Value row)))
        }

    let private compareNumber (comparison: Comparison) (left: NumberNode) (right: NumberNode) : ConditionNode =
        { new ConditionNode() with
            override _.Answer row =
                if left.IsNull row || right.IsNull row then
                    Truth.Unknown
                else
                    ofBool (holds comparison (Decimal.Compare(left.Value row, right.Value row)))
        }

    let private compareTime (comparison: Comparison) (left: TimeNode) (right: TimeNode) : ConditionNode =
        { new ConditionNode() with
            override _.Answer row =
                if left.IsNull row || right.IsNull row then
                    Truth.Unknown
                else
                    ofBool (holds comparison ((int64 (left.Value row)).CompareTo(int64 (right.Value row))))
        }

    let private both (left: ConditionNode) (right: ConditionNode) : ConditionNode =
        { new ConditionNode() with
            override _.Answer row =
                smaller (left.Answer row) (right.Answer row)
        }

    let private signed (positive: bool) (node: ConditionNode) : ConditionNode =
        if positive then
            node
        else
            { new ConditionNode() with
                override _.Answer row = negate (node.Answer row)
            }

    // Where `value` stands among sorted texts.
    let private among (sorted: byte[][]) (value: ReadOnlySpan<byte>) =
        let mutable low = 0
        let mutable high = sorted.Length - 1
        let mutable found = false

        while not found && low <= high do
            let middle = (low + high) / 2
            let order = value.SequenceCompareTo(ReadOnlySpan<byte> sorted[middle])

            if order = 0 then found <- true
            elif order < 0 then high <- middle - 1
            else low <- middle + 1

        found

    let private textIn (subject: TextNode) (values: string list) : ConditionNode =
        let sorted = values |> List.map Encoding.UTF8.GetBytes |> Array.ofList

        Array.Sort(
            sorted,
            Comparison<byte[]>(fun left right -> left.AsSpan().SequenceCompareTo(ReadOnlySpan<byte> right))
        )

        { new ConditionNode() with
            override _.Answer row =
                if subject.IsNull row then
                    Truth.Unknown
                else
                    ofBool (among sorted (subject.Value row))
        }

    let private numberIn (subject: NumberNode) (values: decimal list) : ConditionNode =
        let sorted = values |> List.sort |> Array.ofList

        { new ConditionNode() with
            override _.Answer row =
                if subject.IsNull row then
                    Truth.Unknown
                else
                    ofBool (Array.BinarySearch(sorted, subject.Value row) >= 0)
        }

    let private timeIn (subject: TimeNode) (values: Timestamp list) : ConditionNode =
        let sorted = values |> List.map int64 |> List.sort |> Array.ofList

        { new ConditionNode() with
            override _.Answer row =
                if subject.IsNull row then
                    Truth.Unknown
                else
                    ofBool (Array.BinarySearch(sorted, int64 (subject.Value row)) >= 0)
        }

    let private test (kind: TextTest) (subject: TextNode) (part: TextNode) : ConditionNode =
        { new ConditionNode() with
            override _.Answer row =
                if subject.IsNull row || part.IsNull row then
                    Truth.Unknown
                else
                    let whole = subject.Value row
                    let wanted = part.Value row

                    match kind with
                    | TextTest.StartsWith -> ofBool (whole.StartsWith wanted)
                    | TextTest.EndsWith -> ofBool (whole.EndsWith wanted)
                    | TextTest.Contains -> ofBool (whole.IndexOf wanted >= 0)
                    | TextTest.HasItem -> ofBool (ColumnText.hasItem whole wanted)
        }

    let private has (field: ListField) (item: TextNode) : ConditionNode =
        let name = Field.List field

        { new ConditionNode() with
            override _.Answer row =
                if row.IsNull name || item.IsNull row then
                    Truth.Unknown
                else
                    let count = row.ListCount field
                    let wanted = item.Value row
                    let mutable index = 0

                    while index < count && not (row.ListItem(field, index).SequenceEqual wanted) do
                        index <- index + 1

                    ofBool (index < count)
        }

    let private nullTest (isNull: IRow -> bool) (positive: bool) : ConditionNode =
        { new ConditionNode() with
            override _.Answer row = ofBool (isNull row = positive)
        }

    let private flag (field: FlagField) : ConditionNode =
        let name = Field.Flag field

        { new ConditionNode() with
            override _.Answer row =
                if row.IsNull name then
                    Truth.Unknown
                else
                    ofBool (row.Flag field)
        }

    let rec condition (expr: Condition) : ConditionNode =
        match expr with
        | Condition.And parts ->
            let nodes = parts |> List.map condition |> Array.ofList

            { new ConditionNode() with
                override _.Answer row =
                    let mutable answer = Truth.True
                    let mutable index = 0

                    while index < nodes.Length && answer <> Truth.False do
                        answer <- smaller answer (nodes[index].Answer row)
                        index <- index + 1

                    answer
            }
        | Condition.Or parts ->
            let nodes = parts |> List.map condition |> Array.ofList

            { new ConditionNode() with
                override _.Answer row =
                    let mutable answer = Truth.False
                    let mutable index = 0

                    while index < nodes.Length && answer <> Truth.True do
                        answer <- larger answer (nodes[index].Answer row)
                        index <- index + 1

                    answer
            }
        | Condition.Not inner -> signed false (condition inner)
        | Condition.CompareText(sort, left, right) -> compareText sort (Operand.text left) (Operand.text right)
        | Condition.CompareNumber(sort, left, right) -> compareNumber sort (Operand.number left) (Operand.number right)
        | Condition.CompareTime(sort, left, right) -> compareTime sort (Operand.time left) (Operand.time right)
        | Condition.TextIn(subject, positive, values) -> signed positive (textIn (Operand.text subject) values)
        | Condition.NumberIn(subject, positive, values) -> signed positive (numberIn (Operand.number subject) values)
        | Condition.TimeIn(subject, positive, values) -> signed positive (timeIn (Operand.time subject) values)
        | Condition.TextBetween(subject, positive, low, high) ->
            both
                (compareText Comparison.GreaterOrEqual (Operand.text subject) (Operand.text low))
                (compareText Comparison.LessOrEqual (Operand.text subject) (Operand.text high))
            |> signed positive
        | Condition.NumberBetween(subject, positive, low, high) ->
            both
                (compareNumber Comparison.GreaterOrEqual (Operand.number subject) (Operand.number low))
                (compareNumber Comparison.LessOrEqual (Operand.number subject) (Operand.number high))
            |> signed positive
        | Condition.TimeBetween(subject, positive, low, high) ->
            both
                (compareTime Comparison.GreaterOrEqual (Operand.time subject) (Operand.time low))
                (compareTime Comparison.LessOrEqual (Operand.time subject) (Operand.time high))
            |> signed positive
        | Condition.Like(subject, positive, pattern, escape) ->
            let subject = Operand.text subject
            let pattern = LikePattern(pattern, escape)

            { new ConditionNode() with
                override _.Answer row =
                    if subject.IsNull row then
                        Truth.Unknown
                    else
                        ofBool (pattern.Matches(subject.Value row))
            }
            |> signed positive
        | Condition.TextNull(subject, positive) -> nullTest (Operand.text subject).IsNull positive
        | Condition.NumberNull(subject, positive) -> nullTest (Operand.number subject).IsNull positive
        | Condition.TimeNull(subject, positive) -> nullTest (Operand.time subject).IsNull positive
        | Condition.ListNull(field, positive) -> nullTest (fun row -> row.IsNull(Field.List field)) positive
        | Condition.FlagNull(field, positive) -> nullTest (fun row -> row.IsNull(Field.Flag field)) positive
        | Condition.Flag field -> flag field
        | Condition.Test(kind, subject, part) -> test kind (Operand.text subject) (Operand.text part)
        | Condition.Has(field, item) -> has field (Operand.text item)

/// A predicate ready to be asked. Allocates nothing per row. Not thread-safe (it holds a scratch buffer): one per worker.
[<Sealed; AllowNullLiteral(false)>]
type Evaluator(predicate: Predicate) =
    let root = Compile.condition predicate.Condition

    /// True, False, or Unknown where a NULL decided.
    member _.Answer(row: IRow) : Truth = root.Answer row
    /// Whether the row is selected: only what is True.
    member _.Selects(row: IRow) : bool = root.Answer row = Truth.True
