using ALoRA.Onnx.Export;

namespace ALoRA.Onnx.Shared;

/// <summary>
/// Adapters of IBM's package from before PEFT have their invocation as text. The exporter has no tokenizer and the runtime knows no PEFT
/// folders; the tool has both.
/// </summary>
internal static class InvocationText
{
    /// <summary>The ids of an adapter's invocation text; null for an adapter that has its invocation as ids, or none.</summary>
    /// <exception cref="FormatException">Neither the model nor the adapter has a tokenizer.</exception>
    public static IReadOnlyList<int>? Encode(string peftFolder, string modelFolder)
    {
        if (PeftAdapter.Read(peftFolder).InvocationString is not { } text)
        {
            return null;
        }

        string folder = new[] { modelFolder, peftFolder }.FirstOrDefault(folder => File.Exists(Path.Combine(folder, "tokenizer.json")))
            ?? throw new FormatException(
                $"{peftFolder} has its invocation as text, but neither {modelFolder} nor the adapter has a tokenizer.json to encode it "
                + "with. Put the base's there.");
        return HfTokenizer.Load(folder).Encode(text);
    }
}
