using System.Globalization;
using ALoRA.Onnx.Benchmarks;
using ALoRA.Onnx.Benchmarks.Cluster;
using ALoRA.Onnx.Benchmarks.Operators;
using BenchmarkDotNet.Running;

const string Help =
    """
    Measures the tokenizer beside Microsoft.ML.Tokenizers, on vocabularies from ../shared/conformance/text/tokenizers
    (beside the repository; or ALORA_TOKENIZERS).

      exactness             For each vocabulary: on how many golden texts Microsoft.ML.Tokenizers gives the reference's ids,
                            or why it cannot be built.
      untrusted             Time of prompts whose messages are kept text, beside those whose special tokens are parsed, in turns.
      batch MODEL [REQUESTS] [ROUNDS]
                            Requests of the base and of the model's adapters together, beside one after another, in turns.
      engine MODEL CONTEXT ROWS,ROWS [PROVIDER]
                            Tokens a second of the engine with so many requests at once, each behind a prompt of its own.
      http URL MODEL CONTEXT ROWS,ROWS
                            The same requests to a server.
      beside MODEL [CONTEXT] [QUESTIONS]
                            First token of an adapter asked about a conversation of so many tokens (4096) while 15 others decode.
      cluster [SERVERS] [CONVERSATIONS]
                            A cluster of so many servers (1000) and conversations (1000000), simulated with its own rule of placement.
      operators [test] [time] [session] [ptx]
                            Tests the GPU's operators beside plain loops, times them at an 8B model's shapes; all of it in 3 minutes.
                            With ptx as on a machine without NVRTC.
      train-step MODEL [--provider P] [--batch 8] [--micro-batch N] [--prefix 512] [--suffix 30] [--rank 32] [--steps 15]
                 [--threads 2] [--device 0] [--precision float32|tf32] [--capture 0|1] [--peer "PYTHON SCRIPT" --shape smol|2b]
                            Time and memory of a whole step of training over rows at random, and then of a peer's script.
      ptx FOLDER            Writes the kernels as PTX by NVRTC, which needs no GPU, and deletes what was written of another text.
      --filter '*Encode*'   Time of encoding; '*Load*' of loading, '*' of both. Further options are BenchmarkDotNet's: -- --help.
    """;

if (args is [] or ["-h"] or ["-?"])
{
    Console.WriteLine(Help);
    return 0;
}

if (args is ["batch", string model, .. string[] numbers])
{
    int[] counts = [.. numbers.Select(number => int.Parse(number, CultureInfo.InvariantCulture))];
    await BatchTable.PrintAsync(model, counts is [int requests, ..] ? requests : 16, counts is [_, int rounds] ? rounds : 5, threads: 2);
    return 0;
}

if (args is ["beside", string asked, .. string[] sizes])
{
    int[] counts = [.. sizes.Select(number => int.Parse(number, CultureInfo.InvariantCulture))];
    await BesideTable.PrintAsync(
        asked, counts is [int tokens, ..] ? tokens : 4096, counts is [_, int questions] ? questions : 20, threads: 2);
    return 0;
}

if (args is ["engine", string served, string context, string rows, .. string[] provider])
{
    await EngineTable.PrintAsync(
        served, provider.FirstOrDefault(), int.Parse(context, CultureInfo.InvariantCulture),
        [.. rows.Split(',').Select(count => int.Parse(count, CultureInfo.InvariantCulture))]);
    return 0;
}

if (args is ["http", string url, string servedName, string length, string streams])
{
    await HttpTable.PrintAsync(
        new Uri(url), servedName, int.Parse(length, CultureInfo.InvariantCulture),
        [.. streams.Split(',').Select(count => int.Parse(count, CultureInfo.InvariantCulture))]);
    return 0;
}

if (args is ["train-step", .. string[] trained])
{
    return TrainStep.Run(trained);
}

if (args is ["cluster", .. string[] many])
{
    int[] counts = [.. many.Select(number => int.Parse(number, CultureInfo.InvariantCulture))];
    ClusterTable.Print(counts is [int servers, ..] ? servers : 1000, counts is [_, int conversations] ? conversations : 1_000_000);
    return 0;
}

if (args is ["ptx", string folder])
{
    return PtxFiles.Write(folder);
}

if (args is ["operators", .. string[] parts])
{
    return OperatorTable.Run(parts);
}

if (!Directory.Exists(Vocabularies.Folder))
{
    Console.Error.WriteLine(
        $"error: expected vocabularies in {Vocabularies.Folder}, got no such folder. Lay the folder 'shared' beside the repository, or "
        + $"set {Vocabularies.Variable}.");
    return 1;
}

if (args is ["exactness"])
{
    ExactnessTable.Print();
    return 0;
}

if (args is ["untrusted"])
{
    UntrustedTable.Print();
    return 0;
}

// A benchmark that throws has no figures; BenchmarkDotNet alone would end well.
bool failed = BenchmarkSwitcher.FromAssembly(typeof(Vocabularies).Assembly).Run(args)
    .Any(summary => summary.HasCriticalValidationErrors || summary.Reports.Any(report => !report.Success));
return failed ? 1 : 0;
