module Cti.Core.Tests.EmptyTests
open Xunit
[<Fact>]
let ``one`` () = Assert.True true
