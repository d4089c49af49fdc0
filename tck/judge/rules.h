/* SPDX-License-Identifier: Apache-2.0
 *
 * judge/rules.h — every rule that a judge can find broken.
 *
 * One row a rule: symbol, id, and the text as specs/requirements.yaml has it, where level and source stand too; a test
 * holds both lists together. Rules without "the user function" or "the proxy" in their text bind whoever sends the
 * message.
 */
#ifndef TCK_JUDGE_RULES_H
#define TCK_JUDGE_RULES_H

// clang-format off
#define TCK_JUDGE_RULE_MAP(XX) \
    /* ST all stateful entities */ \
    XX(ST_INIT_1, "ST-INIT-1", "The first message of a stream from the proxy is Init.") \
    XX(ST_INIT_2, "ST-INIT-2", "Init is sent once on a stream.") \
    XX(ST_INIT_3, "ST-INIT-3", "Init names a service, and one that the user function's descriptors define.") \
    XX(ST_MESSAGE_1, "ST-MESSAGE-1", "Every message on a stream has one of its cases set.") \
    XX(ST_MESSAGE_2, "ST-MESSAGE-2", "What is sent on a stream can be read as a message of its type.") \
    XX(ST_COMMAND_1, "ST-COMMAND-1", "Every command is for the entity that Init named.") \
    XX(ST_COMMAND_2, "ST-COMMAND-2", "The id of a command is not 0 and was not used before on the stream.") \
    XX(ST_COMMAND_3, "ST-COMMAND-3", \
       "A command has a payload, typed as type.googleapis.com and the input of its method.") \
    XX(ST_COMMAND_4, "ST-COMMAND-4", "A command names a method of its service.") \
    XX(ST_COMMAND_5, "ST-COMMAND-5", "Only commands of CRDTs are streamed.") \
    XX(ST_COMMAND_6, "ST-COMMAND-6", "An event sourced or value entity has one command at a time to answer.") \
    XX(ST_SILENCE_1, "ST-SILENCE-1", \
       "The user function sends nothing before the first command, during replay for example, unless it is a " \
       "failure.") \
    XX(ST_REPLY_1, "ST-REPLY-1", "Every answer carries the id of a command that was sent on the stream.") \
    XX(ST_REPLY_2, "ST-REPLY-2", "A command is answered once.") \
    XX(ST_REPLY_3, "ST-REPLY-3", \
       "An event sourced or value entity answers its commands in the order in which they came.") \
    XX(ST_REPLY_4, "ST-REPLY-4", "Every command is answered before the stream ends.") \
    XX(ST_REPLY_5, "ST-REPLY-5", \
       "A reply has a client action with a reply, a forward or a failure in it; only for streamed commands may " \
       "it be without.") \
    XX(ST_REPLY_6, "ST-REPLY-6", "A reply to the client has a typed payload.") \
    XX(ST_REPLY_7, "ST-REPLY-7", "The payload of a reply is typed as the output of the command's method.") \
    XX(ST_REPLY_8, "ST-REPLY-8", "A command that its service lacks is answered with a failure and nothing else.") \
    XX(ST_FAILURE_1, "ST-FAILURE-1", \
       "A failure of the stream carries the id of a command that is not answered yet, or 0.") \
    XX(ST_FAILURE_2, "ST-FAILURE-2", \
       "After a failure of the stream that names no command the user function sends nothing more.") \
    XX(ST_FAILURE_3, "ST-FAILURE-3", \
       "After any failure of the stream an event sourced or value entity sends nothing more.") \
    XX(ST_REFUSE_1, "ST-REFUSE-1", \
       "After an error of the proxy that ends the stream no later command is answered as if nothing had " \
       "happened.") \
    XX(ST_REFUSE_2, "ST-REFUSE-2", "An error of the proxy that ends the stream is answered with one failure at most.") \
    XX(ST_REFUSE_3, "ST-REFUSE-3", \
       "A stream that ends for an error of the proxy ends with a failure or with a gRPC error, not as if all " \
       "were well.") \
    XX(ST_END_1, "ST-END-1", "After the half-close the user function ends the stream.") \
    XX(ST_END_2, "ST-END-2", "A stream on which nothing went wrong ends with status OK.") \
    XX(ST_END_3, "ST-END-3", \
       "The user function does not end a stream on which nothing went wrong before the proxy half-closes it.") \
    XX(ST_END_4, "ST-END-4", "Nothing is sent on a stream after its end.") \
    /* ES event sourced entities */ \
    XX(ES_SEQUENCE_1, "ES-SEQUENCE-1", \
       "The first replayed event has the number after the snapshot's, or 1 without one, and each later event the " \
       "next number.") \
    XX(ES_SEQUENCE_2, "ES-SEQUENCE-2", "All stored events are sent before the first command.") \
    XX(ES_SEQUENCE_3, "ES-SEQUENCE-3", "A replayed event has a typed payload.") \
    XX(ES_SEQUENCE_4, "ES-SEQUENCE-4", "A snapshot in Init has a sequence number greater than 0 and a typed payload.") \
    XX(ES_RESTART_3, "ES-RESTART-3", \
       "After a failure that asks for a restart the proxy sends no more commands on the old stream.") \
    XX(ES_EVENTS_4, "ES-EVENTS-4", "Every event to store has a type url.") \
    XX(ES_EVENTS_5, "ES-EVENTS-5", "A reply whose client action is a failure has no events and no snapshot.") \
    XX(ES_SNAPSHOT_4, "ES-SNAPSHOT-4", "A snapshot is sent only with events.") \
    XX(ES_SNAPSHOT_5, "ES-SNAPSHOT-5", "A snapshot to store has a type url.") \
    /* VE value entities */ \
    XX(VE_INIT_3, "VE-INIT-3", "A stored value in Init has a type url.") \
    XX(VE_ACTION_1, "VE-ACTION-1", "A state action is an update or a delete.") \
    XX(VE_ACTION_2, "VE-ACTION-2", "An update has a value with a type url.") \
    XX(VE_ACTION_3, "VE-ACTION-3", "A reply whose client action is a failure has no state action.") \
    /* CR replicated entities */ \
    XX(CR_DELTA_1, "CR-DELTA-1", "A delta has one of its types set.") \
    XX(CR_DELTA_2, "CR-DELTA-2", "All deltas of an entity, from either side, are of the type of the first.") \
    XX(CR_DELTA_3, "CR-DELTA-3", "The proxy sends no delta while a command is unanswered.") \
    XX(CR_DELTA_4, "CR-DELTA-4", "The proxy sends no delta while a cancellation is unanswered.") \
    XX(CR_ELEMENT_1, "CR-ELEMENT-1", "Every element of a set and every key of a map has a type url.") \
    XX(CR_LWWREGISTER_7, "CR-LWWREGISTER-7", "The delta of a register has a value with a type url.") \
    XX(CR_LWWREGISTER_8, "CR-LWWREGISTER-8", "The clock of a register's delta is one of the four.") \
    XX(CR_LWWREGISTER_9, "CR-LWWREGISTER-9", "A custom clock value comes only with a custom clock.") \
    XX(CR_FLAG_6, "CR-FLAG-6", "The user function sends no false for a flag that is on.") \
    XX(CR_ORMAP_6, "CR-ORMAP-6", \
       "Every entry that a map's delta updates or adds has a key, and a delta with one of its types set.") \
    XX(CR_ORMAP_7, "CR-ORMAP-7", "A key is in a map's delta once, unless it is removed and added.") \
    XX(CR_VOTE_6, "CR-VOTE-6", "The user function sets nothing but its own vote.") \
    XX(CR_VOTE_7, "CR-VOTE-7", \
       "The votes that the proxy counts are not negative, not more than there are voters, and include the own " \
       "one.") \
    XX(CR_ACTION_1, "CR-ACTION-1", "A state action is an update or a delete.") \
    XX(CR_ACTION_2, "CR-ACTION-2", "The write consistency of a state action is one of the three.") \
    XX(CR_ACTION_3, "CR-ACTION-3", "A reply whose client action is a failure has no state action.") \
    XX(CR_DELETE_3, "CR-DELETE-3", \
       "After it deleted its entity the user function sends no further state action on the stream.") \
    XX(CR_STREAMED_7, "CR-STREAMED-7", "A reply has streamed set only if its command has.") \
    XX(CR_STREAMED_8, "CR-STREAMED-8", "A streamed message carries the id of a streamed command.") \
    XX(CR_STREAMED_9, "CR-STREAMED-9", "Streamed messages come after the reply that accepts their command.") \
    XX(CR_STREAMED_10, "CR-STREAMED-10", \
       "Nothing is streamed for a command that has ended: by its reply, by end_stream, by a failure or by the " \
       "response to its cancellation.") \
    XX(CR_CANCELLED_3, "CR-CANCELLED-3", \
       "A response to a cancellation carries the id of a command that was cancelled, and there is one for each " \
       "cancellation at most.") \
    XX(CR_CANCELLED_4, "CR-CANCELLED-4", \
       "The cancellation of an open streamed command is answered before the stream ends.") \
    XX(CR_CANCELLED_5, "CR-CANCELLED-5", \
       "A cancellation names the entity of the stream and a streamed command that was sent on it, and is sent " \
       "once for the command.") \
    /* AC actions */ \
    XX(AC_CALL_1, "AC-CALL-1", \
       "The first message of a call names a service and a command, and ones that the user function's descriptors " \
       "define.") \
    XX(AC_CALL_2, "AC-CALL-2", \
       "A call with one message of input has that one message and no more, and it has a payload.") \
    XX(AC_CALL_3, "AC-CALL-3", \
       "With streamed input the first message has no payload, and each later one has a payload and no names.") \
    XX(AC_CALL_4, "AC-CALL-4", \
       "Metadata is on the first message of streamed input or on the later ones, and not on both.") \
    XX(AC_MESSAGE_1, "AC-MESSAGE-1", "What is sent on a call can be read as a message of its type.") \
    XX(AC_RESPONSE_1, "AC-RESPONSE-1", \
       "There is no response before the first message of the call, but for a failure where the input ended without " \
       "one.") \
    XX(AC_RESPONSE_2, "AC-RESPONSE-2", "A unary or streamed-in call has no more than one response.") \
    XX(AC_RESPONSE_3, "AC-RESPONSE-3", \
       "A unary or streamed-in call that ends with OK has a response, and it ends when its input has.") \
    XX(AC_RESPONSE_4, "AC-RESPONSE-4", \
       "A call to a service or command that the user function lacks is answered with a failure or a gRPC error " \
       "and nothing else.") \
    XX(AC_RESPONSE_5, "AC-RESPONSE-5", "A reply has a typed payload.") \
    XX(AC_RESPONSE_6, "AC-RESPONSE-6", "The payload of a reply is typed as the output of the called method.") \
    XX(AC_END_1, "AC-END-1", "Nothing is sent on a call after its end.") \
    /* FW, SE, FA, MD forwards, side effects, failures and metadata in all answers */ \
    XX(FW_FORWARD_4, "FW-FORWARD-4", "A forward names a service and a command.") \
    XX(FW_FORWARD_5, "FW-FORWARD-5", \
       "The target of a forward is a method that the user function's descriptors define.") \
    XX(FW_FORWARD_6, "FW-FORWARD-6", "A forward has a typed payload.") \
    XX(SE_EFFECT_6, "SE-EFFECT-6", "A side effect names a service and a command.") \
    XX(SE_EFFECT_7, "SE-EFFECT-7", \
       "The target of a side effect is a method that the user function's descriptors define.") \
    XX(SE_EFFECT_8, "SE-EFFECT-8", "A side effect has a typed payload.") \
    XX(SE_EFFECT_9, "SE-EFFECT-9", "A reply of an entity whose client action is a failure has no side effects.") \
    XX(FA_FAILURE_3, "FA-FAILURE-3", "The failure in a reply carries the same command id as the reply.") \
    XX(MD_CLOUDEVENT_1, "MD-CLOUDEVENT-1", \
       "Metadata from the user function with any CloudEvent attribute has the four required ones: id, source, " \
       "specversion and type.")
// clang-format on

enum tck_judge_rule {
#define XX(symbol, ...) TCK_RULE_##symbol,
    TCK_JUDGE_RULE_MAP(XX)
#undef XX
        TCK_RULE_COUNT
};

#endif
