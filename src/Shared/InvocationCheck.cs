using ALoRA.Onnx.Export;

namespace ALoRA.Onnx.Shared;

/// <summary>Checks before a conversion that what will be asked of an adapter gives the ids that it was trained on.</summary>
internal sealed class InvocationCheck
{
    private readonly HfTokenizer? _tokenizer;
    private readonly ChatTemplate? _template;

    /// <summary>Takes tokenizer and template of a model folder; without a tokenizer only the definitions themselves are checked.</summary>
    public InvocationCheck(string modelFolder)
    {
        _tokenizer = File.Exists(Path.Combine(modelFolder, "tokenizer.json")) ? HfTokenizer.Load(modelFolder) : null;
        _template = Directory.Exists(modelFolder) && ChatTemplate.TryLoad(modelFolder, out ChatTemplate? template) ? template : null;
    }

    /// <exception cref="FormatException">The definition is malformed, or its text gives other ids.</exception>
    public void Run(string folder, IReadOnlyList<int> invocation, IntrinsicSettings? settings)
    {
        string definition = Path.Combine(folder, IntrinsicDefinition.FileName);
        if (File.Exists(definition))
        {
            IntrinsicDefinition read = IntrinsicDefinition.Load(definition);
            _ = _tokenizer is null ? default : read.FindPlacement(_tokenizer, _template, invocation);
        }

        if (settings?.InvocationText is not { } text || invocation.Count == 0)
        {
            return;
        }

        if (_tokenizer is null)
        {
            throw new FormatException(
                $"The invocation '{text}' can't be checked, as the model folder has no tokenizer.json. Put the base's there.");
        }

        int[] ids = _tokenizer.Encode(text);
        if (!ids.SequenceEqual(invocation))
        {
            throw new FormatException(
                $"{folder}: the invocation '{text}' is [{string.Join(", ", ids)}] with the base's tokenizer, but the adapter was trained "
                + $"on [{string.Join(", ", invocation)}], "
                + $"which is '{_tokenizer.Decode([.. invocation])}'. Correct the text, or convert for the base that "
                + "the adapter was trained on.");
        }
    }
}
