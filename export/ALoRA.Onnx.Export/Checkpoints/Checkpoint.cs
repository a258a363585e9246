using System.Text.Json.Nodes;

namespace ALoRA.Onnx.Export.Checkpoints;

/// <summary>A model as a checkpoint gives it: configuration, named tensors and the files of tokenizer and generation.</summary>
/// <remarks>
/// Everything is in Hugging Face's form wherever it came from: names, row order, configuration. Opened with <see cref="CheckpointReader"/>.
/// Reading is thread-safe; the caller disposes the checkpoint, after which its tensors cannot be read any more.
/// </remarks>
internal sealed class Checkpoint : IDisposable
{
    private readonly IReadOnlyList<IDisposable> _files;

    internal Checkpoint(string path, IReadOnlyList<IDisposable> files)
    {
        Path = path;
        _files = files;
    }

    /// <summary>The path as it was given: a folder or a <c>.gguf</c> file.</summary>
    public string Path { get; }

    /// <summary>Name of the folder, or of the GGUF file without its extension.</summary>
    public required string Name { get; init; }

    /// <summary>The configuration, as <c>config.json</c> has it or as it follows from GGUF metadata. Not to be changed.</summary>
    public required JsonObject Config { get; init; }

    /// <summary>The tensors by Hugging Face name, as <c>model.layers.0.self_attn.q_proj.weight</c>.</summary>
    public required IReadOnlyDictionary<string, CheckpointTensor> Tensors { get; init; }

    /// <summary>
    /// Contents by file name of those that the checkpoint has: <c>tokenizer.json</c>, <c>tokenizer_config.json</c>,
    /// <c>special_tokens_map.json</c>, <c>added_tokens.json</c>, <c>chat_template.jinja</c>,
    /// <c>additional_chat_templates/*.jinja</c>, <c>generation_config.json</c>.
    /// </summary>
    public required IReadOnlyDictionary<string, ReadOnlyMemory<byte>> CompanionFiles { get; init; }

    /// <summary>Keys of a GGUF model's own architecture that nobody read and that may change the numbers.</summary>
    public IReadOnlyList<string> UnknownKeys { get; init; } = [];

    /// <summary>What was read otherwise than it is written.</summary>
    public IReadOnlyList<string> Warnings { get; init; } = [];

    /// <summary>Closes the files.</summary>
    public void Dispose()
    {
        foreach (IDisposable file in _files)
        {
            file.Dispose();
        }
    }
}
