// Plain lists: one value a line, with comments. The only field is `line`.
namespace Cti.Core

open System

/// How a plain list is written.
type LinesDialect =
    {
        /// Lines that begin with one of these (after blanks) are comments; none when empty.
        Comments: string list
        /// Cut off what follows a blank and a comment mark.
        TrailingComments: bool
        Limits: ReadLimits
    }

[<RequireQualifiedAccess>]
module LinesDialect =
    /// `#` comments, trailing ones kept as text.
    let standard =
        {
            Comments = [ "#" ]
            TrailingComments = false
            Limits = ReadLimits.standard
        }

/// Cuts a line of a plain list.
[<Sealed; AllowNullLiteral(false)>]
type internal LinesCutter(dialect: LinesDialect) =
    static let columns = [| "line" |]
    let marks = CommentMarks dialect.Comments
    let trailing = dialect.TrailingComments && marks.Longest > 0

    interface ILineCutter with
        member _.Columns = columns
        member _.Resume = columns

        member _.Cut(batch, _, first, last) =
            let length =
                if trailing then
                    marks.BeforeTrailing(ReadOnlySpan<byte>(batch.Bytes, first, last - first))
                else
                    last - first

            batch.AddField(first, first + length)
            Line.Record
