// The evaluator against DuckDB: the same random predicates over the same random rows must give the same answers.
module Cti.Core.Tests.PredicateOracleTests

open System.Collections.Generic
open System.Text
open Xunit
open Cti.Core.Predicates
open Cti.Core.Tests.PredicateWords
open Cti.Core.Tests.PredicateGen
open Cti.Core.Tests.RowGen
open Cti.DuckDb

let private connect () =
    let connection = new DuckDbConnection("Data Source=:memory:;threads=1")
    connection.Open()
    connection

let private execute (connection: DuckDbConnection) (sql: string) =
    use command = connection.CreateCommand()
    command.CommandText <- sql
    command.ExecuteNonQuery() |> ignore

let private answers (connection: DuckDbConnection) (sql: string) : Truth array =
    use command = connection.CreateCommand()
    command.CommandText <- sql
    use reader = command.ExecuteReader()
    let found = List<Truth>()

    while reader.Read() do
        found.Add(
            if reader.IsDBNull 0 then Truth.Unknown
            elif reader.GetBoolean 0 then Truth.True
            else Truth.False
        )

    found.ToArray()

let private rowsPerPredicate = 12
let private predicates = 2_500

[<Fact>]
let ``DuckDB gives the same answers to thirty thousand random questions`` () =
    use connection = connect ()
    execute connection DuckDbTranslation.createRows
    let samples = draw 20260101UL 1_200 sample

    let inserted = samples |> Array.mapi DuckDbTranslation.values |> String.concat ", "

    execute connection $"INSERT INTO rows VALUES %s{inserted}"

    let rows = samples |> Array.map toRow
    let divergences = List<string>()
    let outcomes: int array = Array.zeroCreate 3

    draw 42UL predicates predicate
    |> Array.iteri (fun index predicate ->
        // A window of rows for each predicate, all of them used in turn.
        let first = index * rowsPerPredicate % samples.Length
        let sql = DuckDbTranslation.sql predicate

        let expected =
            $"SELECT (%s{sql})::BOOLEAN FROM rows WHERE id BETWEEN %d{first} AND %d{first + rowsPerPredicate - 1} ORDER BY id"
            |> answers connection

        let evaluator = Evaluator predicate
        Assert.Equal(rowsPerPredicate, expected.Length)

        for offset in 0 .. rowsPerPredicate - 1 do
            let answer = evaluator.Answer rows[first + offset]
            outcomes[int answer] <- outcomes[int answer] + 1

            if answer <> expected[offset] then
                divergences.Add
                    $"%s{Predicate.print predicate}\n  DuckDB %O{expected[offset]}, we %O{answer}: %A{samples[first + offset]}")

    let shown = divergences |> Seq.truncate 5 |> String.concat "\n"
    Assert.True(divergences.Count = 0, $"%d{divergences.Count} divergences, the first:\n%s{shown}")

    // Every answer must be given often enough to mean something; Unknown needs a NULL, which a fifth of the operands are.
    let share (truth: Truth) =
        float outcomes[int truth] / float (predicates * rowsPerPredicate)

    let shares =
        $"true %.2f{share Truth.True}, false %.2f{share Truth.False}, unknown %.2f{share Truth.Unknown}"

    Assert.True(
        share Truth.True >= 0.3
        && share Truth.False >= 0.3
        && share Truth.Unknown >= 0.1,
        shares
    )

[<Fact>]
let ``lower agrees with DuckDB on every code point`` () =
    use connection = connect ()
    use command = connection.CreateCommand()

    command.CommandText <-
        "SELECT c, lower(chr(c)) FROM (SELECT range::INTEGER AS c FROM range(1, 1114112)) WHERE c NOT BETWEEN 55296 AND 57343 "
        + "AND lower(chr(c)) <> chr(c) ORDER BY c"

    use reader = command.ExecuteReader()
    let theirs = Dictionary<int, string>()

    while reader.Read() do
        theirs.Add(reader.GetInt32 0, reader.GetString 1)

    // Any two text fields would do: does lower(value) equal what the other one holds?
    let same =
        Condition.CompareText(
            Comparison.Equal,
            TextExpr.Lower(TextExpr.Field TextField.Value),
            TextExpr.Field TextField.Tlp
        )

    let evaluator = Evaluator { Condition = same }

    let differences =
        [
            for code in Seq.append (seq { 1..0xD7FF }) (seq { 0xE000..0x10FFFF }) do
                let written = Rune(code).ToString()
                let expected = theirs.GetValueOrDefault(code, written)
                let row = FieldRow().With(TextField.Value, written).With(TextField.Tlp, expected)

                if not (evaluator.Selects row) then
                    $"U+%04X{code} %s{written}: DuckDB says %s{expected}"
        ]

    Assert.True(List.isEmpty differences, String.concat "\n" differences)
