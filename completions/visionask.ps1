# PowerShell completion for visionask. Made by completions/generate.py: change the commands, not this file.
Register-ArgumentCompleter -Native -CommandName visionask -ScriptBlock {
    param($wordToComplete, $commandAst, $cursorPosition)
    # each text is a word, a space, and its help; a Hashtable from New-Object tells -i from -I
    $below = New-Object System.Collections.Hashtable
    $options = New-Object System.Collections.Hashtable
    $values = New-Object System.Collections.Hashtable
    $below[''] = @('ask Ask one question about one or several images', 'cost Show tokens and price of images, folders, quoted globs or links. Nothing is sent, no key is needed', 'prep Write exactly the picture bytes that would be sent, and say what was done', 'models List the models that can be priced, or show all about one: token rule, prices, dates, source', 'completion Print the completion script for a shell', 'local A model on this machine, no key')
    $options[''] = @('-V Show the version', '--version Show the version', '-h Show this message and exit', '--help Show this message and exit')
    $below['ask'] = @()
    $options['ask'] = @('-m Model [default: gpt-6-luna]', '--model Model [default: gpt-6-luna]', '-d low, high, auto or original [default: auto]', '--detail low, high, auto or original [default: auto]', '-i One more image', '--image One more image', '-p Take the question from FILE; every argument is an image', '--prompt-file Take the question from FILE; every argument is an image', '-s System prompt', '--system System prompt', '--max-tokens Longest answer, in tokens', '--temperature Sent only when given', '--reasoning-effort none, minimal, low, medium, high ...', '--service-tier auto, default, flex or priority', '--prompt-cache Let the provider cache the prompt (a write costs more)', '--max-side Longest side that is sent', '--image-tokens Largest size whose tokens do not exceed N', '--crop Send only this part, px upright', '--redact Paint this part black; repeatable', '--no-resize Send full size', '--keep-metadata Keep EXIF (also GPS), XMP and ICC', '--quality JPEG quality [default: 85]', '--max-pixels Most pixels to decode [default: 89 million]', '--allow-truncated Send what there is of a cut picture', '--pass-url Hand links on instead of fetching them here', '--allow-private-urls Fetch links to private addresses too', '-n Plan and price only: no key, no request', '--dry-run Plan and price only: no key, no request', '--max-cost Stop before spending more', '--confirm-above Ask first above this price', '-y Do not ask', '--yes Do not ask', '--base-url An OpenAI-compatible server', '--api-key-env Variable with the key [default: OPENAI_API_KEY]', '--local A model on this machine, no key', '--profile Profile of the config file', '--timeout Longest wait for one try', '--retries Tries after the first [default: 4]', '--stream Show the answer while it comes', '--no-stream Show the answer while it comes', '--raw Do not neutralise control characters', '-u Show projected against billed', '--usage Show projected against billed', '--json Print a record (schema visionask/1)', '-q No price line, warnings or notes', '--quiet No price line, warnings or notes', '-v Say more', '--verbose Say more', '--debug Show the traceback of an error', '--no-color No colour (NO_COLOR is honoured too)', '-h Show this message and exit', '--help Show this message and exit')
    $values['ask -m'] = @('gpt-6-astra', 'gpt-6-sol', 'gpt-6-luna', 'gpt-6.1-sol', 'gpt-6.1-terra', 'gpt-5.6-sol', 'gpt-5.6-terra', 'gpt-5.6-luna', 'gpt-5.6-cyber', 'gpt-5.5', 'gpt-5.5-pro', 'gpt-5.4', 'gpt-5.4-mini', 'gpt-5.4-nano', 'gpt-5.4-pro', 'gpt-5.3-codex', 'gpt-5.3-chat-latest', 'gpt-5.2', 'gpt-5.2-pro', 'gpt-5.2-codex', 'gpt-5.2-chat-latest', 'gpt-5.1', 'gpt-5.1-codex', 'gpt-5.1-codex-max', 'gpt-5.1-codex-mini', 'gpt-5.1-chat-latest', 'gpt-5', 'gpt-5-mini', 'gpt-5-nano', 'gpt-5-pro', 'gpt-5-codex', 'gpt-5-chat-latest', 'chat-latest', 'gpt-4.5-preview', 'gpt-4.1', 'gpt-4.1-mini', 'gpt-4.1-nano', 'gpt-4o', 'gpt-4o-2024-05-13', 'gpt-4o-mini', 'gpt-4-turbo', 'gpt-4-turbo-2024-04-09', 'gpt-4-vision-preview', 'o1', 'o1-pro', 'o3', 'o3-pro', 'o4-mini', 'computer-use-preview', 'gpt-5-codex-mini', 'codex-mini-latest', 'chatgpt-4o-latest', 'gpt-image-1', 'gpt-image-1.5', 'gpt-image-1-mini', 'gpt-image-2', 'gpt-image-2.5-sunburst', 'gpt-image-2.5-flare')
    $values['ask --model'] = @('gpt-6-astra', 'gpt-6-sol', 'gpt-6-luna', 'gpt-6.1-sol', 'gpt-6.1-terra', 'gpt-5.6-sol', 'gpt-5.6-terra', 'gpt-5.6-luna', 'gpt-5.6-cyber', 'gpt-5.5', 'gpt-5.5-pro', 'gpt-5.4', 'gpt-5.4-mini', 'gpt-5.4-nano', 'gpt-5.4-pro', 'gpt-5.3-codex', 'gpt-5.3-chat-latest', 'gpt-5.2', 'gpt-5.2-pro', 'gpt-5.2-codex', 'gpt-5.2-chat-latest', 'gpt-5.1', 'gpt-5.1-codex', 'gpt-5.1-codex-max', 'gpt-5.1-codex-mini', 'gpt-5.1-chat-latest', 'gpt-5', 'gpt-5-mini', 'gpt-5-nano', 'gpt-5-pro', 'gpt-5-codex', 'gpt-5-chat-latest', 'chat-latest', 'gpt-4.5-preview', 'gpt-4.1', 'gpt-4.1-mini', 'gpt-4.1-nano', 'gpt-4o', 'gpt-4o-2024-05-13', 'gpt-4o-mini', 'gpt-4-turbo', 'gpt-4-turbo-2024-04-09', 'gpt-4-vision-preview', 'o1', 'o1-pro', 'o3', 'o3-pro', 'o4-mini', 'computer-use-preview', 'gpt-5-codex-mini', 'codex-mini-latest', 'chatgpt-4o-latest', 'gpt-image-1', 'gpt-image-1.5', 'gpt-image-1-mini', 'gpt-image-2', 'gpt-image-2.5-sunburst', 'gpt-image-2.5-flare')
    $values['ask -d'] = @('low', 'high', 'auto', 'original')
    $values['ask --detail'] = @('low', 'high', 'auto', 'original')
    $values['ask -i'] = @()
    $values['ask --image'] = @()
    $values['ask -p'] = @()
    $values['ask --prompt-file'] = @()
    $values['ask -s'] = @()
    $values['ask --system'] = @()
    $values['ask --max-tokens'] = @()
    $values['ask --temperature'] = @()
    $values['ask --reasoning-effort'] = @('none', 'minimal', 'low', 'medium', 'high', 'xhigh', 'max')
    $values['ask --service-tier'] = @('auto', 'default', 'flex', 'priority')
    $values['ask --max-side'] = @()
    $values['ask --image-tokens'] = @()
    $values['ask --crop'] = @()
    $values['ask --redact'] = @()
    $values['ask --quality'] = @()
    $values['ask --max-pixels'] = @()
    $values['ask --max-cost'] = @()
    $values['ask --confirm-above'] = @()
    $values['ask --base-url'] = @()
    $values['ask --api-key-env'] = @()
    $values['ask --local'] = @('practice', 'smolvlm-500m', 'qwen2.5-vl-3b', 'gemma-3-4b')
    $values['ask --profile'] = @()
    $values['ask --timeout'] = @()
    $values['ask --retries'] = @()
    $below['cost'] = @()
    $options['cost'] = @('-m Model [default: gpt-6-luna]', '--model Model [default: gpt-6-luna]', '-d low, high, auto or original [default: auto]', '--detail low, high, auto or original [default: auto]', '-i One more image', '--image One more image', '--question Add the tokens of a question', '-p Take the question from FILE; every argument is an image', '--prompt-file Take the question from FILE; every argument is an image', '-s System prompt', '--system System prompt', '--compare The same images across models, cheapest first', '--max-tokens Longest answer, in tokens', '--service-tier default, flex, priority or batch prices', '--prompt-cache Let the provider cache the prompt (a write costs more)', '--max-side Longest side that is sent', '--image-tokens Largest size whose tokens do not exceed N', '--crop Send only this part, px upright', '--redact Paint this part black; repeatable', '--no-resize Send full size', '--quality JPEG quality [default: 85]', '-r Go into folders below a folder', '--recursive Go into folders below a folder', '--include Only these names in folders', '--exclude Not these names in folders', '--allow-private-urls Fetch links to private addresses too', '--profile Profile of the config file', '--json Print a record (schema visionask/1)', '-q No price line, warnings or notes', '--quiet No price line, warnings or notes', '-v Say more', '--verbose Say more', '--debug Show the traceback of an error', '--no-color No colour (NO_COLOR is honoured too)', '-h Show this message and exit', '--help Show this message and exit')
    $values['cost -m'] = @('gpt-6-astra', 'gpt-6-sol', 'gpt-6-luna', 'gpt-6.1-sol', 'gpt-6.1-terra', 'gpt-5.6-sol', 'gpt-5.6-terra', 'gpt-5.6-luna', 'gpt-5.6-cyber', 'gpt-5.5', 'gpt-5.5-pro', 'gpt-5.4', 'gpt-5.4-mini', 'gpt-5.4-nano', 'gpt-5.4-pro', 'gpt-5.3-codex', 'gpt-5.3-chat-latest', 'gpt-5.2', 'gpt-5.2-pro', 'gpt-5.2-codex', 'gpt-5.2-chat-latest', 'gpt-5.1', 'gpt-5.1-codex', 'gpt-5.1-codex-max', 'gpt-5.1-codex-mini', 'gpt-5.1-chat-latest', 'gpt-5', 'gpt-5-mini', 'gpt-5-nano', 'gpt-5-pro', 'gpt-5-codex', 'gpt-5-chat-latest', 'chat-latest', 'gpt-4.5-preview', 'gpt-4.1', 'gpt-4.1-mini', 'gpt-4.1-nano', 'gpt-4o', 'gpt-4o-2024-05-13', 'gpt-4o-mini', 'gpt-4-turbo', 'gpt-4-turbo-2024-04-09', 'gpt-4-vision-preview', 'o1', 'o1-pro', 'o3', 'o3-pro', 'o4-mini', 'computer-use-preview', 'gpt-5-codex-mini', 'codex-mini-latest', 'chatgpt-4o-latest', 'gpt-image-1', 'gpt-image-1.5', 'gpt-image-1-mini', 'gpt-image-2', 'gpt-image-2.5-sunburst', 'gpt-image-2.5-flare')
    $values['cost --model'] = @('gpt-6-astra', 'gpt-6-sol', 'gpt-6-luna', 'gpt-6.1-sol', 'gpt-6.1-terra', 'gpt-5.6-sol', 'gpt-5.6-terra', 'gpt-5.6-luna', 'gpt-5.6-cyber', 'gpt-5.5', 'gpt-5.5-pro', 'gpt-5.4', 'gpt-5.4-mini', 'gpt-5.4-nano', 'gpt-5.4-pro', 'gpt-5.3-codex', 'gpt-5.3-chat-latest', 'gpt-5.2', 'gpt-5.2-pro', 'gpt-5.2-codex', 'gpt-5.2-chat-latest', 'gpt-5.1', 'gpt-5.1-codex', 'gpt-5.1-codex-max', 'gpt-5.1-codex-mini', 'gpt-5.1-chat-latest', 'gpt-5', 'gpt-5-mini', 'gpt-5-nano', 'gpt-5-pro', 'gpt-5-codex', 'gpt-5-chat-latest', 'chat-latest', 'gpt-4.5-preview', 'gpt-4.1', 'gpt-4.1-mini', 'gpt-4.1-nano', 'gpt-4o', 'gpt-4o-2024-05-13', 'gpt-4o-mini', 'gpt-4-turbo', 'gpt-4-turbo-2024-04-09', 'gpt-4-vision-preview', 'o1', 'o1-pro', 'o3', 'o3-pro', 'o4-mini', 'computer-use-preview', 'gpt-5-codex-mini', 'codex-mini-latest', 'chatgpt-4o-latest', 'gpt-image-1', 'gpt-image-1.5', 'gpt-image-1-mini', 'gpt-image-2', 'gpt-image-2.5-sunburst', 'gpt-image-2.5-flare')
    $values['cost -d'] = @('low', 'high', 'auto', 'original')
    $values['cost --detail'] = @('low', 'high', 'auto', 'original')
    $values['cost -i'] = @()
    $values['cost --image'] = @()
    $values['cost --question'] = @()
    $values['cost -p'] = @()
    $values['cost --prompt-file'] = @()
    $values['cost -s'] = @()
    $values['cost --system'] = @()
    $values['cost --compare'] = @()
    $values['cost --max-tokens'] = @()
    $values['cost --service-tier'] = @('auto', 'default', 'flex', 'priority')
    $values['cost --max-side'] = @()
    $values['cost --image-tokens'] = @()
    $values['cost --crop'] = @()
    $values['cost --redact'] = @()
    $values['cost --quality'] = @()
    $values['cost --include'] = @()
    $values['cost --exclude'] = @()
    $values['cost --profile'] = @()
    $below['prep'] = @()
    $options['prep'] = @('-o Folder to write to', '--output Folder to write to', '-m Model [default: gpt-6-luna]', '--model Model [default: gpt-6-luna]', '-d low, high, auto or original [default: auto]', '--detail low, high, auto or original [default: auto]', '-i One more image', '--image One more image', '--max-side Longest side that is sent', '--image-tokens Largest size whose tokens do not exceed N', '--crop Send only this part, px upright', '--redact Paint this part black; repeatable', '--no-resize Send full size', '--keep-metadata Keep EXIF (also GPS), XMP and ICC', '--quality JPEG quality [default: 85]', '--max-pixels Most pixels to decode [default: 89 million]', '--allow-truncated Send what there is of a cut picture', '-r Go into folders below a folder', '--recursive Go into folders below a folder', '--include Only these names in folders', '--exclude Not these names in folders', '--allow-private-urls Fetch links to private addresses too', '--profile Profile of the config file', '--json Print a record (schema visionask/1)', '-q No price line, warnings or notes', '--quiet No price line, warnings or notes', '-v Say more', '--verbose Say more', '--debug Show the traceback of an error', '--no-color No colour (NO_COLOR is honoured too)', '-h Show this message and exit', '--help Show this message and exit')
    $values['prep -o'] = @()
    $values['prep --output'] = @()
    $values['prep -m'] = @('gpt-6-astra', 'gpt-6-sol', 'gpt-6-luna', 'gpt-6.1-sol', 'gpt-6.1-terra', 'gpt-5.6-sol', 'gpt-5.6-terra', 'gpt-5.6-luna', 'gpt-5.6-cyber', 'gpt-5.5', 'gpt-5.5-pro', 'gpt-5.4', 'gpt-5.4-mini', 'gpt-5.4-nano', 'gpt-5.4-pro', 'gpt-5.3-codex', 'gpt-5.3-chat-latest', 'gpt-5.2', 'gpt-5.2-pro', 'gpt-5.2-codex', 'gpt-5.2-chat-latest', 'gpt-5.1', 'gpt-5.1-codex', 'gpt-5.1-codex-max', 'gpt-5.1-codex-mini', 'gpt-5.1-chat-latest', 'gpt-5', 'gpt-5-mini', 'gpt-5-nano', 'gpt-5-pro', 'gpt-5-codex', 'gpt-5-chat-latest', 'chat-latest', 'gpt-4.5-preview', 'gpt-4.1', 'gpt-4.1-mini', 'gpt-4.1-nano', 'gpt-4o', 'gpt-4o-2024-05-13', 'gpt-4o-mini', 'gpt-4-turbo', 'gpt-4-turbo-2024-04-09', 'gpt-4-vision-preview', 'o1', 'o1-pro', 'o3', 'o3-pro', 'o4-mini', 'computer-use-preview', 'gpt-5-codex-mini', 'codex-mini-latest', 'chatgpt-4o-latest', 'gpt-image-1', 'gpt-image-1.5', 'gpt-image-1-mini', 'gpt-image-2', 'gpt-image-2.5-sunburst', 'gpt-image-2.5-flare')
    $values['prep --model'] = @('gpt-6-astra', 'gpt-6-sol', 'gpt-6-luna', 'gpt-6.1-sol', 'gpt-6.1-terra', 'gpt-5.6-sol', 'gpt-5.6-terra', 'gpt-5.6-luna', 'gpt-5.6-cyber', 'gpt-5.5', 'gpt-5.5-pro', 'gpt-5.4', 'gpt-5.4-mini', 'gpt-5.4-nano', 'gpt-5.4-pro', 'gpt-5.3-codex', 'gpt-5.3-chat-latest', 'gpt-5.2', 'gpt-5.2-pro', 'gpt-5.2-codex', 'gpt-5.2-chat-latest', 'gpt-5.1', 'gpt-5.1-codex', 'gpt-5.1-codex-max', 'gpt-5.1-codex-mini', 'gpt-5.1-chat-latest', 'gpt-5', 'gpt-5-mini', 'gpt-5-nano', 'gpt-5-pro', 'gpt-5-codex', 'gpt-5-chat-latest', 'chat-latest', 'gpt-4.5-preview', 'gpt-4.1', 'gpt-4.1-mini', 'gpt-4.1-nano', 'gpt-4o', 'gpt-4o-2024-05-13', 'gpt-4o-mini', 'gpt-4-turbo', 'gpt-4-turbo-2024-04-09', 'gpt-4-vision-preview', 'o1', 'o1-pro', 'o3', 'o3-pro', 'o4-mini', 'computer-use-preview', 'gpt-5-codex-mini', 'codex-mini-latest', 'chatgpt-4o-latest', 'gpt-image-1', 'gpt-image-1.5', 'gpt-image-1-mini', 'gpt-image-2', 'gpt-image-2.5-sunburst', 'gpt-image-2.5-flare')
    $values['prep -d'] = @('low', 'high', 'auto', 'original')
    $values['prep --detail'] = @('low', 'high', 'auto', 'original')
    $values['prep -i'] = @()
    $values['prep --image'] = @()
    $values['prep --max-side'] = @()
    $values['prep --image-tokens'] = @()
    $values['prep --crop'] = @()
    $values['prep --redact'] = @()
    $values['prep --quality'] = @()
    $values['prep --max-pixels'] = @()
    $values['prep --include'] = @()
    $values['prep --exclude'] = @()
    $values['prep --profile'] = @()
    $below['models'] = @('gpt-6-astra', 'gpt-6-sol', 'gpt-6-luna', 'gpt-6.1-sol', 'gpt-6.1-terra', 'gpt-5.6-sol', 'gpt-5.6-terra', 'gpt-5.6-luna', 'gpt-5.6-cyber', 'gpt-5.5', 'gpt-5.5-pro', 'gpt-5.4', 'gpt-5.4-mini', 'gpt-5.4-nano', 'gpt-5.4-pro', 'gpt-5.3-codex', 'gpt-5.3-chat-latest', 'gpt-5.2', 'gpt-5.2-pro', 'gpt-5.2-codex', 'gpt-5.2-chat-latest', 'gpt-5.1', 'gpt-5.1-codex', 'gpt-5.1-codex-max', 'gpt-5.1-codex-mini', 'gpt-5.1-chat-latest', 'gpt-5', 'gpt-5-mini', 'gpt-5-nano', 'gpt-5-pro', 'gpt-5-codex', 'gpt-5-chat-latest', 'chat-latest', 'gpt-4.5-preview', 'gpt-4.1', 'gpt-4.1-mini', 'gpt-4.1-nano', 'gpt-4o', 'gpt-4o-2024-05-13', 'gpt-4o-mini', 'gpt-4-turbo', 'gpt-4-turbo-2024-04-09', 'gpt-4-vision-preview', 'o1', 'o1-pro', 'o3', 'o3-pro', 'o4-mini', 'computer-use-preview', 'gpt-5-codex-mini', 'codex-mini-latest', 'chatgpt-4o-latest', 'gpt-image-1', 'gpt-image-1.5', 'gpt-image-1-mini', 'gpt-image-2', 'gpt-image-2.5-sunburst', 'gpt-image-2.5-flare')
    $options['models'] = @('--local Models for this machine, with sizes', '--all Also models that are shut down', '--profile Profile of the config file', '--json Print a record (schema visionask/1)', '--no-color No colour (NO_COLOR is honoured too)', '-h Show this message and exit', '--help Show this message and exit')
    $values['models --profile'] = @()
    $below['completion'] = @('bash', 'zsh', 'fish', 'powershell')
    $options['completion'] = @('-h Show this message and exit', '--help Show this message and exit')
    $below['local'] = @('list List the models that are here, and those that can be pulled', 'pull Download a model from the Hugging Face hub: a listed name, or OWNER/REPO of a GGUF repository', 'serve Serve a local model until Ctrl-C: prints the two variables that point any OpenAI client at it')
    $options['local'] = @('-h Show this message and exit', '--help Show this message and exit')
    $below['local list'] = @()
    $options['local list'] = @('--json Print a record (schema visionask/1)', '-h Show this message and exit', '--help Show this message and exit')
    $below['local pull'] = @('practice', 'smolvlm-500m', 'qwen2.5-vl-3b', 'gemma-3-4b')
    $options['local pull'] = @('-q No price line, warnings or notes', '--quiet No price line, warnings or notes', '-h Show this message and exit', '--help Show this message and exit')
    $below['local serve'] = @('practice', 'smolvlm-500m', 'qwen2.5-vl-3b', 'gemma-3-4b')
    $options['local serve'] = @('-q No price line, warnings or notes', '--quiet No price line, warnings or notes', '-h Show this message and exit', '--help Show this message and exit')
    $at = ''
    $skip = ''
    foreach ($element in ($commandAst.CommandElements | Select-Object -Skip 1)) {
        if ($element.Extent.EndOffset -ge $cursorPosition) { break }
        $word = $element.Extent.Text
        if ($skip -ne '') { $skip = ''; continue }
        if ($word.StartsWith('-')) {
            if ($values.ContainsKey("$at $word")) { $skip = "$at $word" }
            continue
        }
        foreach ($text in $below[$at]) {
            if (($text -split ' ', 2)[0] -ceq $word) { $at = "$at $word".Trim(); break }
        }
    }
    $found = @()
    if ($skip -ne '') { $found = $values[$skip] }
    elseif ($wordToComplete.StartsWith('-')) { $found = $options[$at] }
    else { $found = $below[$at] }
    foreach ($text in $found) {
        $word, $help = $text -split ' ', 2
        if (-not $word.StartsWith($wordToComplete)) { continue }
        if (-not $help) { $help = $word }
        [System.Management.Automation.CompletionResult]::new($word, $word, 'ParameterValue', $help)
    }
}
