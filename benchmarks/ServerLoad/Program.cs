using System.CommandLine;
using ALoRA.Onnx.ServerLoad;

Option<Uri> url = new("--url")
{
    Description = "Where the server is. Default: http://127.0.0.1:8080/.",
    DefaultValueFactory = _ => new Uri("http://127.0.0.1:8080/"),
    CustomParser = static result =>
    {
        if (Uri.TryCreate(result.Tokens.Single().Value, UriKind.Absolute, out Uri? address))
        {
            return address;
        }

        result.AddError($"--url: expected an absolute address such as http://127.0.0.1:8080/, got '{result.Tokens.Single().Value}'.");
        return null;
    },
};
Option<string[]> models = new("--model")
{
    Description = "A model to ask: the base or an adapter. Give several; they are asked by turns.",
    Required = true,
    AllowMultipleArgumentsPerToken = true,
};
Option<string?> key = new("--key") { Description = "The API key." };
Option<int> requests = new("--requests") { Description = "Requests in all.", DefaultValueFactory = _ => 200 };
Option<double> rate = new("--rate") { Description = "Requests a second, on average (Poisson).", DefaultValueFactory = _ => 4 };
Option<int> tokens = new("--tokens") { Description = "Tokens of an answer.", DefaultValueFactory = _ => 32 };
Option<double> disconnects = new("--disconnects") { Description = "Part that leaves in the middle of an answer, from 0 to 1." };
Option<double> malformed = new("--malformed") { Description = "Part that is malformed or oversized, from 0 to 1." };
Option<int> slow = new("--slow-readers") { Description = "Streams that are read a byte every 20 ms." };
Option<int> idle = new("--idle-streams") { Description = "Streams that are opened and not read." };
Option<int?> process = new("--process") { Description = "The server's process id, to watch memory, handles and threads." };
Option<int> seed = new("--seed") { Description = "Start of the random numbers.", DefaultValueFactory = _ => 1 };
RootCommand root = new(
    """
    Loads any server with OpenAI's API and says whether each answer is that of the question alone, how long first tokens and the time
    between pieces take, and whether the server's process grows.

    Examples:
      dotnet run -c Release --project benchmarks/ServerLoad -- --model alora-demo certainty --requests 200 --rate 8
      dotnet run -c Release --project benchmarks/ServerLoad -- --model alora-demo --disconnects 0.2 --slow-readers 20 --malformed 0.05
    """)
{
    url, models, key, requests, rate, tokens, disconnects, malformed, slow, idle, process, seed,
};
root.SetAction(async (result, cancellationToken) => await new LoadRun(
    new LoadOptions
    {
        Url = result.GetValue(url)!,
        Models = result.GetValue(models)!,
        Key = result.GetValue(key),
        Requests = result.GetValue(requests),
        Rate = result.GetValue(rate),
        Tokens = result.GetValue(tokens),
        Disconnects = result.GetValue(disconnects),
        Malformed = result.GetValue(malformed),
        SlowReaders = result.GetValue(slow),
        IdleStreams = result.GetValue(idle),
        Process = result.GetValue(process),
        Seed = result.GetValue(seed),
    },
    Console.Out).RunAsync(cancellationToken) ? 0 : 1);
return await root.Parse(args).InvokeAsync();
