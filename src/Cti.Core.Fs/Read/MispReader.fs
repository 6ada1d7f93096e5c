// MISP as a reader: `read: { type: misp }`. Events in a document's list are streamed one at a time; an event has to fit in memory.
namespace Cti.Core

/// MISP documents of any kind (docs/readers/misp.md).
[<Sealed; AllowNullLiteral(false)>]
type MispFormat(dialect: MispDialect) =
    inherit RichFormat("misp")

    // Where a document's object may hold a list of elements; attributes that a search found stand under `response.Attribute`.
    static let places: JsonPath list =
        [
            [ JsonStep.Key "response" ]
            [ JsonStep.Key "response"; JsonStep.Key "Attribute" ]
        ]

    let reader (start: ReaderStart) : Reader =
        JsonElements(places, MispCutter dialect, dialect.Limits, start)

    override _.Reader(_) = reader ReaderStart.beginning
    override _.RecordReader(start) = ValueSome(reader start)

    /// The types of attributes that are known, as MISP names them. Others are kept, and named as losses.
    static member Types: string list = MispTypes.known |> List.map fst

    /// As read where nothing else is declared.
    static member Standard = MispFormat MispDialect.standard
