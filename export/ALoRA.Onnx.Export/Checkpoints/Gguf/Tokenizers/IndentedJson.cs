using System.Text.Encodings.Web;
using System.Text.Json;

namespace ALoRA.Onnx.Export.Checkpoints.Gguf.Tokenizers;

/// <summary>JSON as the files of a checkpoint are written: indented, text as it is, the same bytes on every system.</summary>
internal static class IndentedJson
{
    private static readonly JsonWriterOptions Options = new()
    {
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        Indented = true,
        NewLine = "\n",
    };

    public static byte[] ToUtf8(Action<Utf8JsonWriter> write)
    {
        using MemoryStream stream = new();
        using (Utf8JsonWriter writer = new(stream, Options))
        {
            write(writer);
        }

        return stream.ToArray();
    }
}
