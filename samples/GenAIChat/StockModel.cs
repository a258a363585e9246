using System.Text.Json.Nodes;
using ALoRA.Onnx;
using Microsoft.ML.OnnxRuntimeGenAI;

namespace GenAIChat;

/// <summary>An export opened by ONNX Runtime GenAI, with nothing of this repository in between but files.</summary>
internal sealed class StockModel : IDisposable
{
    private readonly Config _config;
    private readonly Model _model;
    private readonly Tokenizer _tokenizer;
    private readonly Adapters _adapters;
    private readonly string _folder;
    private readonly HashSet<string> _loaded = [];

    public StockModel(string folder)
    {
        if (!File.Exists(Path.Combine(folder, "genai_config.json")))
        {
            throw new FileNotFoundException($"{folder} has no genai_config.json. Export the model with `alora export --flavor genai`.");
        }

        _folder = folder;
        _config = new Config(folder);
        _model = new Model(_config);
        _tokenizer = new Tokenizer(_model);
        _adapters = new Adapters(_model);
    }

    /// <summary>The ids of a conversation as the model's template writes it.</summary>
    public int[] Encode(IReadOnlyList<PromptMessage> messages, bool addGenerationPrompt)
    {
        JsonArray json = [.. messages.Select(message => new JsonObject { ["role"] = message.Role, ["content"] = message.Content })];
        using Sequences sequences = _tokenizer.Encode(_tokenizer.ApplyChatTemplate(null!, json.ToJsonString(), null!, addGenerationPrompt));
        return sequences[0].ToArray();
    }

    /// <summary>The text of ids.</summary>
    public string Decode(ReadOnlySpan<int> ids) => _tokenizer.Decode(ids);

    /// <summary>Turns ids into text one by one.</summary>
    public TokenizerStream CreateStream() => _tokenizer.CreateStream();

    /// <summary>A generator that chooses greedily.</summary>
    /// <param name="maxLength">Ids that its KV cache has room for.</param>
    public Generator CreateGenerator(int maxLength)
    {
        using GeneratorParams parameters = new(_model);
        parameters.SetSearchOption("max_length", maxLength);
        parameters.SetSearchOption("do_sample", false);
        parameters.SetSearchOption("repetition_penalty", 1);
        return new Generator(_model, parameters);
    }

    /// <summary>Makes an adapter act on all that a generator is given from now on. Stock GenAI has no way back.</summary>
    public void Activate(Generator generator, string adapter, string weightsFile)
    {
        if (_loaded.Add(adapter))
        {
            _adapters.LoadAdapter(Path.Combine(_folder, "adapters", adapter, weightsFile), adapter);
        }

        generator.SetActiveAdapter(_adapters, adapter);
    }

    public void Dispose()
    {
        _adapters.Dispose();
        _tokenizer.Dispose();
        _model.Dispose();
        _config.Dispose();
    }
}
