using ALoRA.Onnx.EndToEnd.Tests.Runtime;

namespace ALoRA.Onnx.EndToEnd.Tests.RandomPrograms;

/// <summary>
/// Operations on a few conversations of one model, chosen by a seed. After each one, tokens and active adapter are those of a list that
/// is kept beside; whatever is generated is held against <see cref="NaiveTwin"/>.
/// </summary>
internal sealed class RandomProgram : IDisposable
{
    private const int MaxConversations = 5;
    private const int MaxTokens = 90;
    private static readonly string[] Adapters = ["certainty", "jailbreak", "answerability", "certainty-lora"];

    private readonly AloraModel _model;
    private readonly NaiveTwin _twin;
    private readonly string _file;
    private readonly int _seed;
    private readonly Random _random;
    private readonly List<Subject> _subjects = [];
    private readonly List<string> _done = [];
    private readonly string _ownName;
    private string? _ownSource;

    /// <param name="model">The model, which other programs may use at the same time.</param>
    /// <param name="twin">Computes what is expected.</param>
    /// <param name="file">Where conversations are saved; this program's own.</param>
    /// <param name="seed">Same seed, same program, as long as no other program loads and unloads adapters.</param>
    public RandomProgram(AloraModel model, NaiveTwin twin, string file, int seed)
    {
        (_model, _twin, _file, _seed) = (model, twin, file, seed);
        _random = new Random(seed);
        _ownName = $"own-{seed}";
        _subjects.Add(new Subject(model.CreateConversation()));
    }

    /// <summary>Number of operations that were done and found right.</summary>
    public int Checks { get; private set; }

    public async Task RunAsync(int operations)
    {
        for (int i = 0; i < operations; i++)
        {
            Subject subject = _subjects[_random.Next(_subjects.Count)];
            try
            {
                await NextAsync(subject);
                foreach (Subject each in _subjects)
                {
                    each.AssertSame(Here);
                }
            }
            catch (Exception exception) when (exception is not AssertFailedException)
            {
                throw new AssertFailedException($"{Here}: {exception}", exception);
            }

            Checks++;
        }
    }

    public void Dispose()
    {
        _subjects.ForEach(subject => subject.Conversation.Dispose());
        if (_ownSource is not null)
        {
            _model.Adapters.Unload(_ownName);
        }
    }

    private string Here => $"program {_seed} after {string.Join(", ", _done)}";

    private Task NextAsync(Subject subject)
    {
        if (subject.Tokens.Count > MaxTokens)
        {
            return RewindAsync(subject, _random.Next(MaxTokens / 2));
        }

        int choice = _random.Next(100);
        return choice switch
        {
            < 14 => AppendAsync(subject),
            < 30 => PromptAsync(subject),
            < 45 => GenerateAsync(subject),
            < 57 => InvokeAsync(subject),
            < 64 => InvokeAllAsync(subject),
            < 71 => ForkAsync(subject),
            < 78 => RewindAsync(subject, _random.Next(subject.Tokens.Count + 1)),
            < 83 => SaveAndLoadAsync(subject),
            < 91 => CancelAsync(subject),
            < 93 => UnloadAsync(),
            < 98 => ReplaceOwnAsync(),
            _ => CloseAsync(subject),
        };
    }

    private async Task AppendAsync(Subject subject)
    {
        int[] tokens = NewTokens(1, 20);
        Note($"append {tokens.Length}");
        if (subject.Adapter is not null)
        {
            await Assert.ThrowsExactlyAsync<InvalidOperationException>(() => subject.Conversation.AppendAsync(tokens), Here);
            return;
        }

        await subject.Conversation.AppendAsync(tokens);
        subject.Tokens.AddRange(tokens);
    }

    private async Task PromptAsync(Subject subject)
    {
        (int[] prompt, PromptOptions options, int activation) = NewPrompt();
        Note($"prompt {prompt.Length} under {options.Adapter ?? "the base"} from {activation}");
        await subject.Conversation.PromptAsync(prompt, options);
        (subject.Tokens, subject.Adapter, subject.Activation) = ([.. prompt], options.Adapter, activation);
    }

    private async Task GenerateAsync(Subject subject)
    {
        int count = _random.Next(1, 5);
        int taken = _random.Next(4) == 0 ? _random.Next(1, count + 1) : count;
        Note($"generate {taken} of {count}");
        if (subject.Tokens.Count == 0)
        {
            await Assert.ThrowsExactlyAsync<InvalidOperationException>(
                () => subject.Conversation.GenerateToEndAsync(Greedy(count)), Here);
            return;
        }

        List<GeneratedToken> generated = [];
        await foreach (GeneratedToken token in subject.Conversation.GenerateAsync(Greedy(count)))
        {
            generated.Add(token);
            if (generated.Count == taken)
            {
                break;
            }
        }

        int[] ids = [.. generated.Select(token => token.Id)];
        await _twin.AssertGreedyAsync(
            subject.Tokens, SourceOf(subject.Adapter), subject.Activation, ids, [.. generated.Select(token => token.Logprobs!)], Here);
        subject.Tokens.AddRange(ids);
    }

    private async Task InvokeAsync(Subject subject)
    {
        AdapterInvocation invocation = NewInvocation(subject);
        Note($"invoke {invocation.Adapter}");
        if (subject.Adapter is not null)
        {
            await Assert.ThrowsExactlyAsync<InvalidOperationException>(
                () => subject.Conversation.InvokeAsync(invocation.Adapter, invocation.Options), Here);
            return;
        }

        if (subject.Tokens.Count > 0)
        {
            await AssertAnswerAsync(subject, await subject.Conversation.InvokeAsync(invocation.Adapter, invocation.Options));
        }
    }

    private async Task InvokeAllAsync(Subject subject)
    {
        AdapterInvocation[] invocations = [.. Enumerable.Range(0, _random.Next(2, 5)).Select(_ => NewInvocation(subject))];
        Note($"invoke all of {string.Join(" and ", invocations.Select(one => one.Adapter))}");
        if (subject.Adapter is null && subject.Tokens.Count > 0)
        {
            foreach (IntrinsicResult result in await subject.Conversation.InvokeAllAsync(invocations))
            {
                await AssertAnswerAsync(subject, result);
            }
        }
    }

    private Task AssertAnswerAsync(Subject subject, IntrinsicResult result)
    {
        int[] invocation = [.. _model.Adapters.Get(result.Adapter).InvocationTokens];
        return _twin.AssertGreedyAsync(
            [.. subject.Tokens, .. invocation], SourceOf(result.Adapter), invocation.Length == 0 ? 0 : subject.Tokens.Count, result.Tokens,
            result.Logprobs, Here);
    }

    private Task ForkAsync(Subject subject)
    {
        Note("fork");
        if (_subjects.Count < MaxConversations)
        {
            _subjects.Add(subject.Fork());
        }

        return Task.CompletedTask;
    }

    private Task RewindAsync(Subject subject, int position)
    {
        Note($"rewind to {position}");
        subject.Conversation.Rewind(position);
        subject.Tokens.RemoveRange(position, subject.Tokens.Count - position);
        if (subject.Adapter is not null && position <= subject.Activation)
        {
            subject.Adapter = null;
        }

        return Task.CompletedTask;
    }

    private async Task SaveAndLoadAsync(Subject subject)
    {
        Note("save and load");
        if (subject.Adapter is not null)
        {
            await Assert.ThrowsExactlyAsync<InvalidOperationException>(() => subject.Conversation.SaveAsync(_file), Here);
            return;
        }

        await subject.Conversation.SaveAsync(_file);
        if (_subjects.Count < MaxConversations)
        {
            _subjects.Add(new Subject(await _model.LoadConversationAsync(_file)) { Tokens = [.. subject.Tokens] });
        }
    }

    /// <summary>Cancelled before it begins, or at one of its steps; what is kept then is the beginning of what was asked for.</summary>
    private async Task CancelAsync(Subject subject)
    {
        using CancellationTokenSource source = new();
        switch (_random.Next(3))
        {
            case 0:
                (int[] prompt, PromptOptions options, _) = NewPrompt();
                Note($"cancelled prompt {prompt.Length} under {options.Adapter ?? "the base"}");
                await source.CancelAsync();
                await Assert.ThrowsAsync<OperationCanceledException>(
                    () => subject.Conversation.PromptAsync(prompt, options, source.Token), Here);
                break;
            case 1 when subject.Tokens.Count > 0:
                Note("cancelled generate");
                List<int> generated = [];
                await Assert.ThrowsAsync<OperationCanceledException>(
                    async () =>
                    {
                        await foreach (GeneratedToken token in subject.Conversation.GenerateAsync(Cancelled(source), source.Token))
                        {
                            generated.Add(token.Id);
                        }
                    },
                    Here);
                subject.Tokens.AddRange(subject.Conversation.Tokens.Skip(subject.Tokens.Count).Take(generated.Count + 1));
                break;
            case 2 when subject.Tokens.Count > 0 && subject.Adapter is null:
                AdapterInvocation invocation = NewInvocation(subject);
                Note($"cancelled invoke {invocation.Adapter}");
                await Assert.ThrowsAsync<OperationCanceledException>(
                    () => subject.Conversation.InvokeAsync(
                        invocation.Adapter, invocation.Options! with { Generation = Cancelled(source) }, source.Token),
                    Here);
                break;
            default:
                break;
        }
    }

    private Task UnloadAsync()
    {
        string name = Adapters[_random.Next(Adapters.Length)];
        Note($"unload {name}");
        try
        {
            _model.Adapters.Unload(name);
        }
        catch (ArgumentException)
        {
            // It is not loaded.
        }
        catch (InvalidOperationException)
        {
            // A conversation runs under it, maybe one of another program.
        }

        return Task.CompletedTask;
    }

    /// <summary>Another adapter under the name that only this program uses; rows of the one before must not be found by it.</summary>
    private async Task ReplaceOwnAsync()
    {
        string source = Adapters[_random.Next(Adapters.Length)];
        Note($"load {source} as {_ownName}");
        if (_ownSource is not null)
        {
            if (_subjects.Exists(subject => subject.Adapter == _ownName))
            {
                Assert.ThrowsExactly<InvalidOperationException>(() => _model.Adapters.Unload(_ownName), Here);
                return;
            }

            _model.Adapters.Unload(_ownName);
            _ownSource = null;
        }

        await _model.Adapters.LoadAsync(Path.Combine(_model.Folder, "adapters", source), _ownName);
        _ownSource = source;
    }

    private Task CloseAsync(Subject subject)
    {
        Note("dispose");
        if (_subjects.Count > 1)
        {
            subject.Conversation.Dispose();
            _subjects.Remove(subject);
        }

        return Task.CompletedTask;
    }

    /// <summary>Begins like one of the conversations, so that there are rows to reuse and rows that must not be.</summary>
    private (int[] Prompt, PromptOptions Options, int Activation) NewPrompt()
    {
        List<int> known = _subjects[_random.Next(_subjects.Count)].Tokens;
        int[] prompt = [.. known.Take(_random.Next(known.Count + 1)), .. NewTokens(1, 16)];
        if (_random.Next(2) == 0)
        {
            return (prompt, new PromptOptions(), 0);
        }

        string adapter = NewAdapter();
        int activation = IsLora(adapter) ? 0 : _random.Next(prompt.Length);
        return (prompt, new PromptOptions { Adapter = adapter, ActivationPosition = IsLora(adapter) ? null : activation }, activation);
    }

    private AdapterInvocation NewInvocation(Subject subject)
    {
        string adapter = NewAdapter();
        return new AdapterInvocation(adapter, new InvocationOptions
        {
            ActivationPosition = IsLora(adapter) ? null : subject.Tokens.Count,
            Generation = Greedy(_random.Next(1, 4)),
        });
    }

    private string NewAdapter() => _ownSource is not null && _random.Next(3) == 0 ? _ownName : Adapters[_random.Next(Adapters.Length)];

    /// <summary>Under which name the twin knows an adapter.</summary>
    private string? SourceOf(string? adapter) => adapter == _ownName ? _ownSource : adapter;

    private bool IsLora(string adapter) => SourceOf(adapter)!.EndsWith("-lora", StringComparison.Ordinal);

    // Few different ones, so that conversations often have the same tokens in the same places.
    private int[] NewTokens(int min, int max) => [.. Prompts.Random(_random.Next(min, max + 1), _random.Next(4))];

    private static GenerationOptions Greedy(int tokens) =>
        new() { MaxNewTokens = tokens, Temperature = 0, RepetitionPenalty = 1, IgnoreEndOfText = true, TopLogprobs = 1 };

    private GenerationOptions Cancelled(CancellationTokenSource source)
    {
        int steps = _random.Next(3);
        return Greedy(steps + 3) with { LogitsProcessors = [_ => new Cancellation(source, steps)] };
    }

    private void Note(string operation) => _done.Add(operation);

    private sealed class Cancellation(CancellationTokenSource source, int steps) : ILogitsProcessor
    {
        private int _step;

        public void Process(ReadOnlySpan<int> tokens, Span<float> logits)
        {
            if (_step++ == steps)
            {
                source.Cancel();
            }
        }
    }
}
