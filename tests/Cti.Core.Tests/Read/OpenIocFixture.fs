// Documents of OpenIOC, piece by piece. Shared by the tests of OpenIOC as a source.
module Cti.Core.Tests.Read.OpenIocFixture

open System.Security
open Cti.Core
open Cti.Core.Tests.Read.RichFeeding

let private escape (text: string) = SecurityElement.Escape text |> string

/// An item with more attributes; its id is `condition-term`.
let itemWith (attributes: string) (condition: string) (term: string) (content: string) =
    $"<IndicatorItem id=\"%s{condition}-%s{escape term}\" condition=\"%s{condition}\" %s{attributes}>"
    + $"<Context document=\"D\" search=\"%s{escape term}\" type=\"mir\" /><Content type=\"string\">%s{escape content}</Content></IndicatorItem>"

let item = itemWith ""

/// A node of the tree, with its id.
let branch (operator: string) (id: string) (children: string list) =
    let inner = String.concat "" children
    $"<Indicator operator=\"%s{operator}\" id=\"%s{id}\">%s{inner}</Indicator>"

/// A document of version 1.0 whose definition is an OR of these.
let document (children: string list) =
    "<?xml version=\"1.0\" encoding=\"us-ascii\"?>\n"
    + "<ioc xmlns=\"http://schemas.mandiant.com/2010/ioc\" id=\"doc-1\" last-modified=\"2014-09-03T19:35:19\">\n"
    + "<short_description>TITLE</short_description><description>Words.</description>"
    + "<authored_by>Author</authored_by><authored_date>2014-08-28T15:57:54Z</authored_date>\n"
    + "<links><link rel=\"threatgroup\">GROUP1</link><link rel=\"license\">Apache 2.0</link><link rel=\"report\" href=\"https://feed.example/r\" /></links>\n"
    + "<definition>"
    + branch "OR" "top" children
    + "</definition></ioc>"

/// What is read of such a document.
let openIoc (children: string list) = read OpenIoc.format (document children)

/// The values that are read of one item or branch.
let one (text: string) = values (openIoc [ text ])
