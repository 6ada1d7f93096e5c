// How outputs are compared for a person: laws of the diff, and what is made visible.
module Cti.Core.Tests.LineDiffTests

open System
open System.Text
open FsCheck
open FsCheck.FSharp
open Xunit
open Cti.Core.Trials
open Cti.Core.Tests.Support

let private bytes (text: string) = Encoding.UTF8.GetBytes text

let private diff (expected: string) (actual: string) =
    LineDiff.lines (bytes expected) (bytes actual)

[<Fact>]
let ``equal outputs have no differences`` () =
    Assert.Empty(diff "" "")
    Assert.Empty(diff "a\nb\n" "a\nb\n")

[<Fact>]
let ``what differs stands between what is the same around it`` () =
    Assert.Equal<string list>(
        [ "@@ line 2"; " b"; " c"; "-d"; "+x"; " e"; " f" ],
        diff "a\nb\nc\nd\ne\nf\ng\n" "a\nb\nc\nx\ne\nf\ng\n"
    )

[<Fact>]
let ``differences far apart are runs of their own`` () =
    let lines (first: string) (last: string) =
        String.concat "\n" [ first; "1"; "2"; "3"; "4"; "5"; "6"; last ] + "\n"

    Assert.Equal<string list>(
        [ "@@ line 1"; "-a"; "+b"; " 1"; " 2"; "@@ line 6"; " 5"; " 6"; "-y"; "+z" ],
        diff (lines "a" "y") (lines "b" "z")
    )

[<Fact>]
let ``a missing line end and characters that do not show are differences to see`` () =
    Assert.Equal<string list>([ "@@ line 1"; "-a  (no line end)"; "+a" ], diff "a" "a\n")
    Assert.Equal<string list>([ "@@ line 1"; "-a\\r"; "+a" ], diff "a\r\n" "a\n")
    Assert.Equal<string list>([ "@@ line 1"; "-a\\x20"; "+a\\tb\\x1b\\u{202e}" ], diff "a \n" "a\tb\u001b\u202e\n")

[<Fact>]
let ``long lines are shown where they begin to differ`` () =
    let line (end': string) = String('a', 5_000) + end' + "\n"

    match diff (line "expected") (line "actual") with
    | [ "@@ line 1"; removed; added ] ->
        Assert.StartsWith("-…aaa", removed)
        Assert.EndsWith("aexpected", removed)
        Assert.EndsWith("aactual", added)
        Assert.True(removed.Length < 200)
    | other -> invalidOp $"%A{other}"

[<Fact>]
let ``however much differs little is shown`` () =
    let many (letter: string) =
        String.concat "" [ for number in 1..100_000 -> $"%s{letter}%d{number}\n" ]

    let shown = diff (many "a") (many "b")
    Assert.True(shown.Length <= 26)
    Assert.Matches("^… and [0-9]+ more lines$", List.last shown)

let private output =
    Gen.elements [ "a\n"; "b\n"; "c\n"; "d\n" ]
    |> Gen.listOf
    |> Gen.map (String.concat "")

[<Fact>]
let ``there are differences exactly where outputs differ, and the missing lines are lines of what was expected`` () =
    check (
        Prop.forAll (Arb.fromGen (Gen.zip output output)) (fun (expected, actual) ->
            let missing = LineDiff.missing (bytes expected) (bytes actual)
            let lines = expected.Split('\n', StringSplitOptions.RemoveEmptyEntries)

            List.isEmpty (diff expected actual) = (expected = actual)
            && missing
               |> List.forall (fun line -> Array.contains ((Encoding.UTF8.GetString line).TrimEnd '\n') lines)
            && missing.Length
               >= lines.Length - actual.Split('\n', StringSplitOptions.RemoveEmptyEntries).Length)
    )

[<Fact>]
let ``whatever the bytes are what is shown is printable and on one line`` () =
    check (fun (bytes: byte[]) ->
        VisibleText.ofBytes (ReadOnlySpan<byte> bytes)
        |> Seq.forall (fun character -> not (Char.IsControl character)))
