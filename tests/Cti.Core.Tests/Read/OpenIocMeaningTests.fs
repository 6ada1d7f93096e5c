// Patterns mean what their trees of OpenIOC mean: random trees, and the little worlds they hold in.
module Cti.Core.Tests.Read.OpenIocMeaningTests

open System
open FsCheck
open FsCheck.FSharp
open Xunit
open Cti.Core.Tests.Support
open Cti.Core.Tests.Read.RichFeeding
open Cti.Core.Tests.Read.OpenIocFixture

type private Tree =
    | Leaf of negated: bool * condition: string * term: string * content: string
    | Node of isAnd: bool * Tree list

let private terms =
    [
        "FileItem/FileName", "file:name"
        "FileItem/FilePath", "file:parent_directory_ref.path"
        "RegistryItem/Path", "windows-registry-key:key"
        "RegistryItem/ValueName", "windows-registry-key:values[*].name"
        "ProcessItem/arguments", "process:command_line"
        "Email/Subject", "email-message:subject"
    ]

let private texts = Gen.elements [ "a"; "ab"; "b'"; "a\\b"; "x%"; "_"; "c.d"; "(" ]

let private leaf =
    gen {
        let! negated = Gen.elements [ false; false; false; true ]
        let! condition = Gen.elements [ "is"; "contains"; "starts-with"; "ends-with" ]
        let! term, _ = Gen.elements terms
        let! content = texts
        return Leaf(negated, condition, term, content)
    }

let rec private tree (depth: int) : Gen<Tree> =
    if depth = 0 then
        leaf
    else
        Gen.frequency
            [
                2, leaf
                3,
                gen {
                    let! isAnd = Gen.elements [ true; false ]
                    let! count = Gen.choose (1, 3)
                    let! children = Gen.listOfLength count (tree (depth - 1))
                    return Node(isAnd, children)
                }
            ]

let rec private print (tree: Tree) : string =
    match tree with
    | Leaf(negated, condition, term, content) ->
        itemWith (sprintf "preserve-case=\"true\" negate=\"%b\"" negated) condition term content
    | Node(isAnd, children) -> branch (if isAnd then "AND" else "OR") "n" (List.map print children)

// One object of each type is looked at: what the tree says of them together.
let rec private holdsFor (chosen: PatternWorld.World) (tree: Tree) : bool =
    match tree with
    | Node(true, children) -> List.forall (holdsFor chosen) children
    | Node(false, children) -> List.exists (holdsFor chosen) children
    | Leaf(negated, condition, term, content) ->
        let path = terms |> List.find (fun (name, _) -> name = term) |> snd

        let value = chosen |> List.pick (fun (_, properties) -> Map.tryFind path properties)

        let fits =
            match condition with
            | "is" -> value = content
            | "contains" -> value.Contains(content, StringComparison.Ordinal)
            | "starts-with" -> value.StartsWith(content, StringComparison.Ordinal)
            | _ -> value.EndsWith(content, StringComparison.Ordinal)

        fits <> negated

let private world: Gen<PatternWorld.World list> =
    let value =
        Gen.elements [ "a"; "ab"; "b'"; "xa\\b"; "x%"; "_a"; "c.d"; "cxd"; "(ab" ]

    let objects =
        terms
        |> List.map snd
        |> List.groupBy (fun path -> path.Substring(0, path.IndexOf ':'))

    gen {
        let! counts = Gen.listOfLength objects.Length (Gen.choose (1, 2))

        let! found =
            List.zip objects counts
            |> List.map (fun ((kind, paths), count) ->
                Gen.listOfLength
                    count
                    (gen {
                        let! texts = Gen.listOfLength paths.Length value
                        return kind, Map.ofList (List.zip paths texts)
                    }))
            |> List.fold
                (fun known more ->
                    gen {
                        let! known = known
                        let! more = more
                        return known @ [ more ]
                    })
                (Gen.constant [])

        return found
    }

// Every way to take one object of each type.
let rec private choices (world: PatternWorld.World list) : PatternWorld.World list =
    match world with
    | [] -> [ [] ]
    | objects :: rest ->
        [
            for one in objects do
                for others in choices rest -> one :: others
        ]

[<Fact>]
let ``patterns mean what their trees mean`` () =
    let whole = ref 0

    let property =
        Prop.forAll (Arb.fromGen (Gen.zip (tree 3) (Gen.listOfLength 8 world))) (fun (tree, worlds) ->
            let seen = openIoc [ print tree ]

            // A tree of too many alternatives stays as it is, and is told: a few in a thousand of these.
            if not (List.isEmpty seen.Objects) then
                whole.Value <- whole.Value + 1
                Assert.Empty(values seen)
                Assert.Contains(seen.Losses, fun (_, _, reason) -> reason = "too_large")
            else
                for world in worlds do
                    let expected = choices world |> List.exists (fun chosen -> holdsFor chosen tree)

                    let found =
                        values seen
                        |> List.exists (fun (kind, pattern) ->
                            Assert.Equal("stix_pattern", kind)
                            PatternWorld.holds pattern (List.concat world))

                    Assert.True((expected = found), $"%A{tree}\n%A{values seen}\n%A{world}"))

    checkMany 400 property
    Assert.InRange(whole.Value, 0, 20)
