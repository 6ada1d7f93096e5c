// The mapping of the standard fields: what a rich format's records become where a pipeline declares no `map`.
namespace Cti.Core

[<RequireQualifiedAccess>]
module StandardMap =
    let private field (column: int) : FieldRef =
        FieldRef.Name StandardFields.columns[column]

    let private time (column: int) : TimeRule voption =
        ValueSome
            {
                Field = field column
                Format = TimeFormat.Iso8601 0
                Blank = []
            }

    /// One template per type, its values in the column of its name. Who reported it (`reporter`) makes no source of its own: a feed may name
    /// any number of people, and trust is declared for the feed. A pipeline that wants them declares a `map`.
    let templates: MapTemplate list =
        [
            for kind in ObservableType.all do
                {
                    Value = ValueRule.ofField (field (StandardFields.ofType kind))
                    When = ValueNone
                    Type = TypeRule.Fixed kind
                    FirstSeen = time StandardFields.firstSeen
                    LastSeen = time StandardFields.lastSeen
                    Ended = time StandardFields.ended
                    Labels = [ LabelRule.Field(field StandardFields.labels, []) ]
                    Confidence = ConfidenceRule.Field(field StandardFields.confidence, [])
                    Tlp = TlpRule.Field(field StandardFields.tlp, [])
                    Source = ValueNone
                    Description = ValueSome(DescriptionRule.Field(field StandardFields.description))
                    References = [ ReferenceRule.Field(field StandardFields.references, []) ]
                }
        ]
