namespace ALoRA.Onnx.Shared;

/// <summary>
/// Tells a test that bytes are being written, which can then end its process there. Nothing is told unless a program of its own process put
/// a delegate into <see cref="AppContext"/>, so that no setting and no caller from outside can slow or stop a write.
/// This source is part of each library that makes files in place, and none of them knows another.
/// </summary>
internal static class WriteProbe
{
    /// <summary>Name of the delegate, an <see cref="Action"/>.</summary>
    public const string Name = "ALoRA.Onnx.Tests.WhileWriting";

    private const int Piece = 4096;

    /// <summary>Says that a step of a write has been done.</summary>
    public static void Reached() => Find()?.Invoke();

    /// <summary>Writes bytes at once, or in pieces if a test wants to know of each.</summary>
    public static void Write(Stream stream, ReadOnlySpan<byte> bytes)
    {
        Action? tell = Find();
        for (; tell is not null && bytes.Length > Piece; bytes = bytes[Piece..])
        {
            stream.Write(bytes[..Piece]);
            stream.Flush();
            tell();
        }

        stream.Write(bytes);
        tell?.Invoke();
    }

    private static Action? Find() => AppContext.GetData(Name) as Action;
}
