// The words of TAXII that sources and sinks share, and the single values of its filter: types of objects, versions of STIX, versions of objects.
namespace Cti.Core.Declare

open System
open Cti.Core

[<RequireQualifiedAccess>]
module internal TaxiiWords =
    /// `url`, `collection`: which collection is meant.
    let place =
        block {
            let! url =
                Field.required
                    "url"
                    "of the discovery (`/taxii2/`), an API root or a collection"
                    (Decode.literal OriginWords.url)

            and! collection =
                Field.optional
                    "collection"
                    "id, alias or title; may be left out where `url` is that of a collection, or there is only one"
                    (Decode.literal Literal.text)

            return struct (url, collection)
        }

    /// STIX 2.1, section 3.1: lower-case letters, digits and hyphens, 3 to 250.
    let objectType: Literal<string> =
        let parse (text: string) =
            let isAllowed (letter: char) =
                Char.IsAsciiLetterLower letter || Char.IsAsciiDigit letter || letter = '-'

            if text.Length >= 3 && text.Length <= 250 && Seq.forall isAllowed text then
                Ok text
            else
                Error(Fault.Malformed("a type of STIX objects", text, "`indicator`"))

        Literal.pattern "object type" "^[a-z0-9-]{3,250}$" parse id

    let specVersion: Literal<string> =
        Literal.choice "a version of STIX" [ "2.1", "2.1"; "2.0", "2.0" ]

    let version: Literal<TaxiiVersion> =
        let parse (text: string) =
            match text with
            | "first" -> Ok TaxiiVersion.First
            | "last" -> Ok TaxiiVersion.Last
            | "all" -> Ok TaxiiVersion.All
            | time -> Literal.time.Parse time |> Result.map TaxiiVersion.At

        let print (version: TaxiiVersion) =
            match version with
            | TaxiiVersion.First -> "first"
            | TaxiiVersion.Last -> "last"
            | TaxiiVersion.All -> "all"
            | TaxiiVersion.At time -> Literal.time.Print time

        Literal.pattern "version" "" parse print
