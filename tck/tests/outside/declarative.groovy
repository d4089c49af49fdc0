// SPDX-License-Identifier: Apache-2.0
// A declarative Jenkinsfile without Jenkins: which sections it has, and what its steps do.
//
//     java -cp 'GROOVY/lib/*' groovy.ui.GroovyMain declarative.groovy check|run JENKINSFILE
//
// Jenkins' own validator comes with Jenkins alone. This knows the sections of a declarative pipeline and refuses others; with
// `run` it does the steps in the working directory, as an agent would, `post` also after a failure. What a step published is
// printed, a line each. Exit code: 0 a success, 1 a failed build, 2 no declarative pipeline.
import groovy.ant.FileNameFinder

class Wrong extends RuntimeException {
    Wrong(String what) { super(what) }
}

class FailedStep extends RuntimeException {
    FailedStep(String what) { super(what) }
}

class Build {
    // Section by section, what may stand in it. A section with a list of names holds sections; `true` takes arguments and no block.
    static final Map SECTIONS = [
        pipeline: ['agent', 'options', 'environment', 'parameters', 'tools', 'triggers', 'stages', 'post'],
        agent   : ['docker', 'dockerfile', 'kubernetes', 'label', 'node'],
        docker  : ['image', 'args', 'label', 'registryUrl', 'registryCredentialsId', 'alwaysPull', 'customWorkspace', 'reuseNode'],
        options : ['timeout', 'timestamps', 'retry', 'buildDiscarder', 'disableConcurrentBuilds', 'skipDefaultCheckout'],
        stages  : ['stage'],
        stage   : ['agent', 'options', 'environment', 'tools', 'input', 'when', 'steps', 'stages', 'parallel', 'matrix', 'post'],
        post    : ['always', 'changed', 'fixed', 'regression', 'aborted', 'failure', 'success', 'unstable', 'unsuccessful', 'cleanup'],
        steps   : ['sh', 'echo', 'junit', 'archiveArtifacts'],
    ].asImmutable()
    static final Map REQUIRED = [pipeline: ['agent', 'stages'], stages: ['stage'], stage: ['steps'], docker: ['image'], steps: []].asImmutable()
    static final Map ARGUMENTS = [
        junit           : ['testResults', 'allowEmptyResults', 'keepLongStdio', 'skipPublishingChecks'],
        archiveArtifacts: ['artifacts', 'allowEmptyArchive', 'excludes', 'fingerprint', 'onlyIfSuccessful'],
        sh              : ['script', 'label', 'returnStatus', 'returnStdout', 'encoding'],
        timeout         : ['time', 'unit', 'activity'],
    ].asImmutable()

    boolean running
    List<Closure> stages = []
    Map<String, Closure> post = [:]
    boolean failed

    void open(String name, Closure block) {
        Section section = new Section(build: this, name: name)
        block.delegate = section
        block.resolveStrategy = Closure.DELEGATE_ONLY
        block()
        List missing = (REQUIRED[name] ?: []) - section.seen
        if (missing || (name in ['post', 'steps'] && !section.seen)) {
            throw new Wrong("'${name}' lacks ${missing ? "'" + missing[0] + "'" : 'any entry'}")
        }
    }

    void attempt(Closure steps) {
        try {
            open('steps', steps)
        } catch (FailedStep e) {
            println("failed: ${e.message}")
            failed = true
        }
    }

    int go() {
        stages.each { if (!failed) { attempt(it) } }
        Map<String, Boolean> due = [always: true, success: !failed, failure: failed, unsuccessful: failed, cleanup: true]
        due.each { when, is -> if (is && post[when]) { attempt(post[when]) } }
        failed ? 1 : 0
    }
}

class Section {
    Build build
    String name
    Set<String> seen = []

    Object invokeMethod(String entry, Object given) {
        List arguments = given as List
        if (!(entry in Build.SECTIONS[name])) { throw new Wrong("'${entry}' is no section of '${name}'") }
        seen << entry
        Map named = arguments.find { it instanceof Map } ?: [:]
        named.keySet().each { if (!(it in (Build.ARGUMENTS[entry] ?: []))) { throw new Wrong("'${entry}' takes no '${it}'") } }
        Closure block = arguments.find { it instanceof Closure }
        if (entry == 'steps') {
            build.stages << block
            if (!build.running) { build.open('steps', block) }
        } else if (name == 'post') {
            build.post[entry] = block
            if (!build.running) { build.open('steps', block) }
        } else if (entry in Build.SECTIONS.keySet()) {
            if (!block) { throw new Wrong("'${entry}' has no block") }
            build.open(entry, block)
        } else if (name == 'steps' && build.running) {
            step(entry, arguments.find { it instanceof CharSequence } as String, named)
        }
        null
    }

    private void step(String entry, String text, Map named) {
        switch (entry) {
            case 'sh':
                // What Jenkins starts a script with: each line is shown, the first that fails ends it.
                Process process = ['sh', '-xe', '-c', text ?: named.script].execute()
                process.waitForProcessOutput(System.out, System.err)
                if (process.exitValue() != 0) { throw new FailedStep("sh ended with ${process.exitValue()}") }
                break
            case 'junit':
                publish(entry, text ?: named.testResults, named.allowEmptyResults)
                break
            case 'archiveArtifacts':
                publish(entry, text ?: named.artifacts, named.allowEmptyArchive)
                break
        }
    }

    private void publish(String entry, String pattern, Object emptyToo) {
        List<String> files = new FileNameFinder().getFileNames('.', pattern)
        if (!files && !emptyToo) { throw new FailedStep("${entry}: nothing is there that '${pattern}' names") }
        files.each { println("${entry}: ${it}") }
    }
}

Build build = new Build(running: args[0] == 'run')
Binding binding = new Binding([pipeline: { Closure block -> build.open('pipeline', block) }])
int code
try {
    new GroovyShell(binding).evaluate(new File(args[1]))
    code = build.running ? build.go() : 0
} catch (Wrong | MissingMethodException | MissingPropertyException e) {
    println("${args[1]}: ${e.message}")
    code = 2
}
System.exit(code)
