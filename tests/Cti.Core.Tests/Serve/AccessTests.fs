// Who may see and change what of a server.
module Cti.Core.Tests.AccessTests

open FsCheck
open FsCheck.FSharp
open Xunit
open Cti.Core

let private reading patterns =
    { AccessRights.anonymous with
        Read = patterns
    }

[<Theory>]
[<InlineData("*", "p/s", true)>]
[<InlineData("p/s", "p/s", true)>]
[<InlineData("p/s", "p/s2", false)>]
[<InlineData("p/*", "p/s", true)>]
[<InlineData("p/*", "p2/s", false)>]
[<InlineData("*/s", "p/s", true)>]
[<InlineData("*/s", "p/xs", false)>]
[<InlineData("a*a/x", "a/x", false)>]
[<InlineData("a*a/x", "aa/x", true)>]
[<InlineData("a*b*c/x", "a-b-c/x", true)>]
[<InlineData("a*b*c/x", "a-c-b/x", false)>]
[<InlineData("*b*b*/x", "b/x", false)>]
[<InlineData("p/", "p/", true)>]
let ``a pattern stands for what its parts stand in`` (pattern: string, sink: string, fits: bool) =
    Assert.Equal(fits, AccessRights.mayRead (reading [ pattern ]) sink)

[<Fact>]
let ``patterns agree with a matcher that tries everything`` () =
    let rec matches (pattern: char list) (text: char list) =
        match pattern, text with
        | [], [] -> true
        | '*' :: rest, _ when matches rest text -> true
        | '*' :: _, _ :: tail -> matches pattern tail
        | first :: rest, letter :: tail when first = letter -> matches rest tail
        | _ -> false

    let text letters =
        gen {
            let! count = Gen.choose (0, 8)
            return! Gen.listOfLength count (Gen.elements letters)
        }

    Check.One(
        Config.QuickThrowOnFailure.WithMaxTest 2_000,
        Prop.forAll (Arb.fromGen (Gen.zip (text [ 'a'; 'b'; '*' ]) (text [ 'a'; 'b' ]))) (fun (pattern, value) ->
            let shown (letters: char list) = System.String(Array.ofList letters)
            AccessRights.mayRead (reading [ shown pattern ]) (shown value) = matches pattern value)
    )

[<Fact>]
let ``rights to read are none to write, and who is nobody sees what is public`` () =
    let rights = reading [ "p/*" ]
    Assert.False(AccessRights.mayWrite rights "p/s")

    Assert.False(
        AccessRights.mayRead
            { rights with
                Read = []
                Write = [ "*" ]
            }
            "p/s"
    )

    Assert.True(AccessRights.maySee AccessRights.anonymous Tlp.Clear)
    Assert.False(AccessRights.maySee AccessRights.anonymous Tlp.Green)

[<Theory>]
[<InlineData("*", true)>]
[<InlineData("p/s", true)>]
[<InlineData("p/*", true)>]
[<InlineData("*/*", true)>]
[<InlineData("p", false)>]
[<InlineData("p/", false)>]
[<InlineData("/s", false)>]
[<InlineData("p/s/t", false)>]
[<InlineData("P/s", false)>]
[<InlineData("", false)>]
let ``a pattern names a pipeline and a sink`` (pattern: string, good: bool) =
    Assert.Equal(good, AccessRights.isPattern pattern)
