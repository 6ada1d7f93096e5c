// What kind of outcome a result holds.
// Knows: the three kinds. Must not know: rows.

using Cti.DuckDb.Interop;

namespace Cti.DuckDb;

internal static unsafe class ResultKind
{
    /// <summary>INSERT, UPDATE, DELETE and the like, without RETURNING: one row with a count.</summary>
    public static bool IsChangedRows(ResultHandle result) => Of(result) == NativeResultType.ChangedRows;

    /// <summary>Anything that a reader shows.</summary>
    public static bool HasRows(ResultHandle result) => Of(result) == NativeResultType.Rows;

    private static NativeResultType Of(ResultHandle result) => NativeMethods.ResultReturnType(*result.Structure);
}
