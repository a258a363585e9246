using System.Diagnostics;
using System.Text.Json.Nodes;
using Microsoft.ML.OnnxRuntimeGenAI;

namespace ALoRA.Onnx.Peers;

/// <summary>
/// ONNX Runtime GenAI on a folder that <c>alora export --flavor genai</c> wrote. A generator's prompts are of one length and share no rows.
/// </summary>
internal sealed class GenAIPeer : IPeer
{
    private readonly Config _config;
    private readonly Model _model;

    public GenAIPeer(string folder, int threads)
    {
        _config = new Config(folder);
        JsonObject session = new() { ["intra_op_num_threads"] = threads };
        JsonObject decoder = new() { ["decoder"] = new JsonObject { ["session_options"] = session } };
        _config.Overlay(new JsonObject { ["model"] = decoder }.ToJsonString());
        _model = new Model(_config);
        Name = $"GenAI, {Path.GetFileName(Path.TrimEndingDirectorySeparator(folder))}";
    }

    public string Name { get; }

    public double Prefill(int[] prompt)
    {
        using Generator generator = Create(1, prompt.Length + 1);
        long started = Stopwatch.GetTimestamp();
        generator.AppendTokens(prompt);
        generator.GenerateNextToken();
        return prompt.Length / Stopwatch.GetElapsedTime(started).TotalSeconds;
    }

    public double Decode(int[] prompt, int tokens) => Generate([prompt], tokens).Steps;

    public BatchRate Batch(IReadOnlyList<PeerRequest> requests, int tokens, bool known) =>
        Generate([.. requests.Select(request => (int[])[.. request.Prefix, .. request.Own])], tokens);

    public void Dispose()
    {
        _model.Dispose();
        _config.Dispose();
    }

    private BatchRate Generate(int[][] prompts, int tokens)
    {
        long started = Stopwatch.GetTimestamp();
        using Generator generator = Create(prompts.Length, prompts[0].Length + tokens);
        generator.AppendTokens([.. prompts.SelectMany(prompt => prompt)]);
        generator.GenerateNextToken();
        int[] chosen = generator.GetNextTokens().ToArray();
        long first = Stopwatch.GetTimestamp();
        int steps = 1;
        for (; steps < tokens && !generator.IsDone(); steps++)
        {
            generator.GenerateNextToken();
        }

        return new BatchRate(
            prompts.Length * steps / Stopwatch.GetElapsedTime(started).TotalSeconds,
            prompts.Length * (steps - 1) / Stopwatch.GetElapsedTime(first).TotalSeconds,
            chosen);
    }

    private Generator Create(int rows, int length)
    {
        using GeneratorParams parameters = new(_model);
        parameters.SetSearchOption("batch_size", rows);
        parameters.SetSearchOption("max_length", length);
        parameters.SetSearchOption("do_sample", false);
        parameters.SetSearchOption("repetition_penalty", 1);
        return new Generator(_model, parameters);
    }
}
