// Text across the border: UTF-8 both ways, strict on the way in.
// Knows: encodings and who frees what. Must not know: what the text says.

using System.Runtime.InteropServices;
using System.Text;

namespace Cti.DuckDb.Interop;

internal static unsafe class NativeText
{
    /// <summary>Refuses lone surrogates instead of replacing them: a value is stored as it is or not at all.</summary>
    public static readonly UTF8Encoding Strict = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    /// <summary>A copy of text that DuckDB owns; empty for none.</summary>
    public static string Copy(byte* text) => Marshal.PtrToStringUTF8((nint)text) ?? "";

    /// <summary>A copy of text that the caller owns, which is freed here.</summary>
    public static string Take(byte* text)
    {
        var copy = Copy(text);
        NativeMethods.Free(text);
        return copy;
    }
}
