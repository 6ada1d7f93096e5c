// What is asked of one expected thing, fact by fact, so that fitting, finding the nearest and telling the difference are the same for indicators,
// screenings and dead letters.
namespace Cti.Core.Trials

open System
open System.Text
open Cti.Core
open Cti.Core.Predicates
open Cti.Core.Declare

// The pipeline's declaration has a Field of its own: the keys of a block.
module PredicateFields = Cti.Core.Predicates.Field

/// One thing an expectation asks of a `'T`.
[<NoEquality; NoComparison>]
type internal Facet<'T> =
    {
        Name: string
        /// As a person reads it.
        Wanted: string
        Fits: 'T -> bool
        Shown: 'T -> string
    }

/// A row of the trial's indicators.
[<Sealed>]
type internal IndicatorFacets(indicators: IndicatorBatch) =
    let row = IndicatorRow()

    let at (index: int) : IRow =
        row.MoveTo(indicators, index)
        row :> IRow

    let show (index: int) (field: Predicates.Field) (print: IRow -> string) =
        let row = at index
        if row.IsNull field then "not there" else print row

    let textOf (value: ReadOnlySpan<byte>) = VisibleText.ofBytes value

    let names (row: IRow) (field: ListField) =
        [
            for index in 0 .. row.ListCount field - 1 -> Encoding.UTF8.GetString(row.ListItem(field, index))
        ]

    let printNames (names: string list) =
        let list = names |> List.map VisibleText.ofText |> String.concat ", "
        $"[%s{list}]"

    // To the microsecond: what is compared is shown.
    let printTime (time: Timestamp) =
        Literal.time.Print(DateTimeOffset(Timestamp.toDateTime time, TimeSpan.Zero))

    let ofField (test: FieldTest) : Facet<int> =
        match test with
        | FieldTest.Text(field, wanted) ->
            let key = Field.Text field
            let bytes = Encoding.UTF8.GetBytes wanted

            {
                Name = PredicateFields.name key
                Wanted = VisibleText.ofText wanted
                Fits =
                    fun index ->
                        let row = at index
                        not (row.IsNull key) && row.Text(field).SequenceEqual(ReadOnlySpan<byte> bytes)
                Shown = fun index -> show index key (fun row -> textOf (row.Text field))
            }
        | FieldTest.Number(field, range) ->
            let key = Field.Number field

            {
                Name = PredicateFields.name key
                Wanted = Literal.countOrRange.Print range
                Fits =
                    fun index ->
                        let row = at index
                        not (row.IsNull key) && CountRange.holds range (row.Number field)
                Shown = fun index -> show index key (fun row -> string (row.Number field))
            }
        | FieldTest.Time(field, wanted) ->
            let key = Field.Time field

            {
                Name = PredicateFields.name key
                Wanted = printTime wanted
                Fits =
                    fun index ->
                        let row = at index
                        not (row.IsNull key) && row.Time field = wanted
                Shown = fun index -> show index key (fun row -> printTime (row.Time field))
            }
        | FieldTest.Flag(field, wanted) ->
            let key = Field.Flag field
            let print (flag: bool) = if flag then "true" else "false"

            {
                Name = PredicateFields.name key
                Wanted = print wanted
                Fits =
                    fun index ->
                        let row = at index
                        not (row.IsNull key) && row.Flag field = wanted
                Shown = fun index -> show index key (fun row -> print (row.Flag field))
            }
        | FieldTest.Names(field, wanted) ->
            let key = Field.List field

            {
                Name = PredicateFields.name key
                Wanted = printNames wanted
                Fits =
                    fun index ->
                        let row = at index

                        not (row.IsNull key)
                        && row.ListCount field = wanted.Length
                        && names row field = wanted
                Shown = fun index -> show index key (fun row -> printNames (names row field))
            }

    /// What an expected indicator asks; of the row's number.
    member _.Of(expected: ExpectedIndicator) : Facet<int> list =
        List.map ofField expected.Fields
        @ [
            match expected.Status with
            | Some status ->
                {
                    Name = "status"
                    Wanted = IndicatorStatus.name status
                    Fits = fun index -> indicators.Status[index] = status
                    Shown = fun index -> IndicatorStatus.name indicators.Status[index]
                }
            | None -> ()
        ]

    /// `url http://malware.example/x`
    member _.Describe(index: int) : string =
        ObservableType.name indicators.Type[index]
        + " "
        + VisibleText.ofBytes indicators.Value[index]

[<RequireQualifiedAccess>]
module internal Facets =
    let private text name (wanted: string) (actual: 'T -> string) : Facet<'T> =
        {
            Name = name
            Wanted = VisibleText.ofText wanted
            Fits = fun item -> String.Equals(actual item, wanted, StringComparison.Ordinal)
            Shown = fun item -> VisibleText.ofText (actual item)
        }

    let private given name (wanted: string option) (actual: 'T -> string) =
        wanted |> Option.map (fun wanted -> text name wanted actual) |> Option.toList

    let screening (expected: ExpectedScreening) : Facet<Screening> list =
        [
            text "code" expected.Code (fun (screening: Screening) -> screening.Code)
            yield!
                given "type" (Option.map ObservableType.name expected.Type) (fun (screening: Screening) ->
                    Screening.typeName screening)
            yield! given "value" expected.Value (fun (screening: Screening) -> screening.Value)
            yield! given "list" expected.List (fun (screening: Screening) -> screening.List)
            yield! given "entry" expected.Entry (fun (screening: Screening) -> screening.Entry)
            yield! given "source" expected.Source (fun (screening: Screening) -> screening.Source)
        ]

    let deadLetter (expected: ExpectedDeadLetter) : Facet<Rejection> list =
        [
            text "code" expected.Code (fun (rejection: Rejection) -> rejection.Code)
            yield! given "field" expected.Field (fun (rejection: Rejection) -> rejection.Field)
            yield! given "value" expected.Value (fun (rejection: Rejection) -> rejection.Value)
            yield!
                given "line" (Option.map string expected.Line) (fun (rejection: Rejection) ->
                    string rejection.Position.Line)
        ]

    let fits (facets: Facet<'T> list) (item: 'T) : bool =
        facets |> List.forall (fun facet -> facet.Fits item)

    /// What an item lacks: `score is 54, expected 60..100`.
    let differences (facets: Facet<'T> list) (item: 'T) : string list =
        facets
        |> List.filter (fun facet -> not (facet.Fits item))
        |> List.map (fun facet -> $"%s{facet.Name} is %s{facet.Shown item}, expected %s{facet.Wanted}")

    /// The item that lacks least, where it has anything of what is asked, or is the only one.
    let nearest (facets: Facet<'T> list) (items: 'T[]) : 'T voption =
        let mutable best = ValueNone
        let mutable most = if items.Length = 1 then -1 else 0

        for item in items do
            let fitting =
                facets
                |> List.sumBy (fun facet ->
                    // The value says most about what was meant.
                    if not (facet.Fits item) then 0
                    elif facet.Name = "value" then 10
                    else 1)

            if fitting > most then
                most <- fitting
                best <- ValueSome item

        best

    /// `{ type: url, score: 60..100 }`
    let describe (facets: Facet<'T> list) : string =
        let all =
            facets
            |> List.map (fun facet -> $"%s{facet.Name}: %s{facet.Wanted}")
            |> String.concat ", "

        $"{{ %s{all} }}"
